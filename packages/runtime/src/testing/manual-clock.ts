import { BayplanError, type CallOptions, type Clock, instantFromMs, throwIfCancelled } from "@bayplan/core";

/** A clock whose time moves only by `advance`. For the tests of this package. */
export interface ManualClock extends Clock {
  /** Moves time and wakes in order whoever becomes due, also those that fall asleep on the way. */
  advance(durationMs: number): Promise<void>;
  /** Shows another time without anybody waking, as a computer's clock does that is set. */
  put(byMs: number): void;
  /** How many sleep. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** A {@link ManualClock} that shows 2026-11-21T02:00:00Z. */
export function createManualClock(): ManualClock {
  let nowMs = Date.parse("2026-11-21T02:00:00Z");
  let offMs = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => instantFromMs(nowMs + offMs),
    async sleep(durationMs: number, { signal }: CallOptions = {}): Promise<void> {
      throwIfCancelled(signal);
      await new Promise<void>((resolve, reject) => {
        const cancel = (): void => {
          sleepers.delete(sleeper);
          reject(new BayplanError("CANCELLED", "The wait was cancelled."));
        };
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", cancel);
          resolve();
        };
        const sleeper = { wakeMs: nowMs + durationMs, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", cancel, { once: true });
      });
    },
    async advance(durationMs) {
      const targetMs = nowMs + durationMs;
      for (;;) {
        await settled();
        const next = [...sleepers].sort((left, right) => left.wakeMs - right.wakeMs)[0];
        if (next === undefined || next.wakeMs > targetMs) break;
        nowMs = Math.max(nowMs, next.wakeMs);
        next.wake();
      }
      nowMs = targetMs;
    },
    put: (byMs) => {
      offMs += byMs;
    },
    get sleeping() {
      return sleepers.size;
    },
  };
}

/** Resolves when everything that needs no I/O and no timer has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
