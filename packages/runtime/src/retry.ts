import pRetry from "p-retry";

/** What to do after a failed attempt: `free` tries again at once and does not count. */
export type RetryVerdict = { readonly action: "stop" | "free" } | { readonly action: "wait"; readonly delayMs: number };

/** How attempts are repeated. */
interface RetryOptions {
  readonly retries: number;
  /** Judges a failure; `retriesDone` counts from 0 and leaves out the free ones. */
  readonly judge: (error: Error, retriesDone: number) => RetryVerdict;
  readonly wait: (delayMs: number) => Promise<void>;
}

/**
 * Runs the attempt until it succeeds, the judge says stop or the retries are used up; then the last error is thrown.
 * The only place where p-retry is used; the waiting is the caller's, so that it can be virtual.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const first = attempt();
  try {
    return await first;
  } catch {
    // Most attempts succeed, and p-retry is dear: it comes in only now, and sees the failure of the first one again.
    let isFirst = true;
    return repeat(() => {
      if (!isFirst) return attempt();
      isFirst = false;
      return first;
    }, options);
  }
}

function repeat<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  let verdict: RetryVerdict = { action: "stop" };
  return pRetry(attempt, {
    retries: options.retries,
    minTimeout: 0,
    onFailedAttempt: ({ error, retriesConsumed }) => {
      verdict = options.judge(error, retriesConsumed);
    },
    shouldConsumeRetry: () => verdict.action !== "free",
    shouldRetry: async ({ retriesLeft }) => {
      if (verdict.action === "wait" && retriesLeft > 0) await options.wait(verdict.delayMs);
      return verdict.action !== "stop";
    },
  });
}
