import { BayplanError } from "../errors.ts";
import { instantFromMs, instantToMs, parseInstant } from "../instant.ts";
import type { Clock } from "../ports/clock.ts";

/** A clock whose time jumps to the next wake-up as soon as nothing else can run. */
export interface VirtualClock extends Clock {
  /** Milliseconds that have passed since it was made. */
  elapsedMs(): number;
}

interface Sleeper {
  readonly dueMs: number;
  wake(): void;
}

/** A virtual clock for tests: waiting costs no real time. */
export function createVirtualClock(start = "2026-11-21T02:00:00Z"): VirtualClock {
  const startMs = instantToMs(parseInstant(start));
  let nowMs = startMs;
  let isScheduled = false;
  const sleepers = new Set<Sleeper>();
  const schedule = () => {
    if (isScheduled || sleepers.size === 0) return;
    isScheduled = true;
    // A macrotask runs when all promises have settled: then nobody but the next sleeper can go on.
    setImmediate(() => {
      isScheduled = false;
      const [next] = [...sleepers].sort((left, right) => left.dueMs - right.dueMs);
      if (next !== undefined && Number.isFinite(next.dueMs)) {
        nowMs = Math.max(nowMs, next.dueMs);
        next.wake();
        schedule();
      }
    });
  };
  return {
    now: () => instantFromMs(nowMs),
    elapsedMs: () => nowMs - startMs,
    sleep(durationMs, options = {}) {
      const { signal } = options;
      const cancelled = () => new BayplanError("CANCELLED", "The sleep was cancelled.", { cause: signal?.reason });
      if (signal?.aborted) return Promise.reject(cancelled());
      return new Promise((resolve, reject) => {
        const sleeper: Sleeper = {
          dueMs: nowMs + durationMs,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        const stop = () => {
          sleepers.delete(sleeper);
          reject(cancelled());
        };
        signal?.addEventListener("abort", stop, { once: true });
        sleepers.add(sleeper);
        schedule();
      });
    },
  };
}
