import { BayplanError } from "../errors.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Clock } from "../ports/clock.ts";

/** What is waited for, and for how long. */
export interface DeadlineOptions extends CallOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the sentence "Gave up waiting for ...". */
  readonly waitingFor: string;
}

/**
 * Runs something that stops when its signal aborts: after `timeoutMs`, or when the caller's own signal does.
 *
 * @throws BayplanError `TIMEOUT` when the time is up.
 */
export async function withDeadline<Result>(
  options: DeadlineOptions,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const timer = new AbortController();
  const stop = () => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop, { once: true });
  let isLate = false;
  const late = options.clock.sleep(options.timeoutMs, { signal: timer.signal }).then(
    () => {
      isLate = true;
      controller.abort("deadline");
    },
    () => {},
  );
  try {
    return await run(controller.signal);
  } catch (error) {
    if (!isLate) throw error;
    const seconds = Math.round(options.timeoutMs / 1000);
    throw new BayplanError("TIMEOUT", `Gave up waiting for ${options.waitingFor} after ${seconds} s.`, {
      cause: error,
    });
  } finally {
    options.signal?.removeEventListener("abort", stop);
    // With a reason, since the host would make an error of its own for each.
    timer.abort("over");
    await late;
  }
}
