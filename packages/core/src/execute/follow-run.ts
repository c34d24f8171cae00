import { BayplanError, isBayplanError, throwIfCancelled } from "../errors.ts";
import type { Run } from "../ports/ci.ts";
import { ciOf } from "./ci-of.ts";
import { spread } from "./jitter.ts";
import type { StepContext } from "./step-context.ts";

const firstPollMs = 1000;
const maxPollMs = 30_000;

/**
 * Follows a run to its success. A CI that cannot be asked for a while does not end it: `meanwhile` is asked instead, and
 * what it finds ends the wait.
 *
 * @throws BayplanError `RUN_FAILED` as soon as the run has ended in any other way, `CANCELLED`, and what the CI refuses.
 */
export async function followRun<Found = never>(
  { step, run }: { readonly step: string; readonly run: Run },
  context: StepContext,
  meanwhile?: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const call = context.signal === undefined ? {} : { signal: context.signal };
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, maxPollMs)) {
    let askedMs = 0;
    try {
      for await (const status of ciOf(context.ports).watch(run, call)) {
        context.progress({ step, state: "waiting", status, url: run.url });
        if (status.state !== "completed") continue;
        if (status.conclusion === "success") return undefined;
        throw runFailed(run, status.conclusion);
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
      askedMs = retryAfterMs(error);
      const found = await meanwhile?.();
      if (found !== undefined) return found;
    }
    throwIfCancelled(context.signal);
    await context.ports.clock.sleep(Math.max(spread(pollMs, context.random), askedMs), call);
  }
}

function runFailed(run: Run, conclusion: string): BayplanError {
  const message = `The run ${run.url} ended with "${conclusion}". Look at its log; executing again starts the next attempt.`;
  return new BayplanError("RUN_FAILED", message);
}

/** Whether asking again later may help. */
export function isPassing(error: unknown): boolean {
  return isBayplanError(error) && isPassingCode(error.code);
}

/** The same of an error's code. */
export function isPassingCode(code: string): boolean {
  return ["UNAVAILABLE", "RATE_LIMITED", "TIMEOUT", "RESPONSE_INVALID"].includes(code);
}

/** How long the other side asked to be left alone, 0 where it did not. */
export function retryAfterMs(error: unknown): number {
  return isBayplanError(error) ? (error.retryAfterMs ?? 0) : 0;
}
