import { setTimeout as delay } from "node:timers/promises";
import { BayplanError, type CallOptions, type Clock, instantFromMs } from "@bayplan/core";

/** Real time: what the simulators use when no clock is given. */
export const realClock: Clock = {
  now: () => instantFromMs(Date.now()),
  async sleep(durationMs: number, options: CallOptions = {}): Promise<void> {
    try {
      await delay(durationMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    } catch (cause) {
      throw new BayplanError("CANCELLED", "The wait was cancelled.", { cause });
    }
  },
};
