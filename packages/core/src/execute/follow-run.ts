import { BayplanError, isBayplanError, throwIfCancelled } from "../errors.ts";
import type { Run } from "../ports/ci.ts";
import { ciOf } from "./ci-of.ts";
import type { StepContext } from "./step-context.ts";

const firstPollMs = 1000;
const maxPollMs = 30_000;

/**
 * Follows a run to its success. A CI that cannot be asked for a while does not end it.
 *
 * @throws BayplanError `RUN_FAILED` as soon as the run has ended in any other way, `CANCELLED`, and what the CI refuses.
 */
export async function followRun(step: string, run: Run, context: StepContext): Promise<void> {
  const { clock } = context.ports;
  const call = context.signal === undefined ? {} : { signal: context.signal };
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, maxPollMs)) {
    try {
      for await (const status of ciOf(context.ports).watch(run, call)) {
        context.progress({ step, state: "waiting", status, url: run.url });
        if (status.state !== "completed") continue;
        if (status.conclusion === "success") return;
        const message = `The run ${run.url} ended with "${status.conclusion}". Look at its log; executing again starts the next attempt.`;
        throw new BayplanError("RUN_FAILED", message);
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    throwIfCancelled(context.signal);
    await clock.sleep(pollMs, call);
  }
}

/** Whether asking again later may help. */
export function isPassing(error: unknown): boolean {
  return isBayplanError(error) && ["UNAVAILABLE", "RATE_LIMITED", "TIMEOUT", "RESPONSE_INVALID"].includes(error.code);
}
