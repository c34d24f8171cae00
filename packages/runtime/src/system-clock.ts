import { setTimeout as delay } from "node:timers/promises";
import { BayplanError, type CallOptions, type Clock, instantFromMs, throwIfCancelled } from "@bayplan/core";

/**
 * The computer's own clock. `sleep` really waits, and throws `CANCELLED` as soon as its signal aborts.
 */
export const systemClock: Clock = {
  now: () => instantFromMs(Date.now()),
  async sleep(durationMs: number, options: CallOptions = {}): Promise<void> {
    throwIfCancelled(options.signal);
    try {
      await delay(durationMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    } catch {
      throw new BayplanError("CANCELLED", "The wait was cancelled.", { cause: options.signal?.reason });
    }
  },
};
