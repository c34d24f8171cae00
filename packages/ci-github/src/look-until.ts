import { type CallOptions, instantToMs } from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";

const firstWaitMs = 1000;

/** What `look` finds, tried again with growing pauses until `findWithinMs` is over; then `undefined`. */
export async function lookUntil<T>(
  { clock, findWithinMs, pollMs }: CiContext,
  look: () => Promise<T | undefined>,
  options: CallOptions,
): Promise<T | undefined> {
  const deadlineMs = instantToMs(clock.now()) + findWithinMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, Math.max(pollMs.first, firstWaitMs))) {
    const found = await look();
    const leftMs = deadlineMs - instantToMs(clock.now());
    if (found !== undefined || leftMs <= 0) return found;
    await clock.sleep(Math.min(waitMs, leftMs), options);
  }
}
