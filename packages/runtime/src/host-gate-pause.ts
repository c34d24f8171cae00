import { type CallOptions, type Clock, instantToMs } from "@bayplan/core";

/** A wait that a host asked everybody for. */
export interface HostPause {
  /** Whether one was asked for and its end not noticed yet. Costs nothing, unlike looking at the clock. */
  readonly isOn: boolean;
  /** HTTP status of the answer that asked. */
  readonly status: number;
  /** All the milliseconds that were ever asked for, those that overlap once. */
  readonly askedMs: number;
  /** Milliseconds until its end; 0 when there is none. */
  remainingMs(): number;
  /** Asks for a wait from now on; false if it would end before the one that is on. */
  ask(durationMs: number, status: number): boolean;
  /** Sleeps until its end, also when it becomes longer meanwhile. Throws what the clock throws. */
  sleep(options: CallOptions): Promise<void>;
}

// After an hour the host is asked again, whatever it said: one absurd answer must not close it for good.
const longestMs = 3_600_000;

/** The pause of one host, not on yet. */
export function createHostPause(clock: Clock): HostPause {
  let untilMs: number | undefined;
  let lengthMs = 0;
  let askedMs = 0;
  let status = 0;
  const nowMs = (): number => instantToMs(clock.now());
  const remainingMs = (): number => {
    if (untilMs === undefined) return 0;
    // A computer's clock can be put back. That must not make the pause longer than was asked.
    const leftMs = Math.min(lengthMs, untilMs - nowMs());
    if (leftMs > 0) return leftMs;
    untilMs = undefined;
    return 0;
  };
  return {
    get isOn() {
      return untilMs !== undefined;
    },
    get status() {
      return status;
    },
    get askedMs() {
      return askedMs;
    },
    remainingMs,
    ask(durationMs, answered) {
      const now = nowMs();
      const end = now + Math.min(durationMs, longestMs);
      const known = now + remainingMs();
      if (end <= known) return false;
      askedMs += end - known;
      untilMs = end;
      lengthMs = end - now;
      status = answered;
      return true;
    },
    async sleep(options) {
      for (let leftMs = remainingMs(); leftMs > 0; leftMs = remainingMs()) {
        const end = untilMs;
        await clock.sleep(leftMs, options);
        // It is over when it was slept through, also where the clock's time did not move.
        if (untilMs === end) untilMs = undefined;
      }
    },
  };
}
