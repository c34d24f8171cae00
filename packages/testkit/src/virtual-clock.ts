import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Instant,
  instantFromMs,
  instantToMs,
  parseInstant,
  throwIfCancelled,
} from "@bayplan/core";

/** How a {@link VirtualClock} starts and moves. */
export interface VirtualClockOptions {
  /** The first time it shows. Default `2026-01-01T00:00:00Z`. */
  readonly start?: Instant;
  /** `true`: time jumps to the next wake-up as soon as nothing else can run. Default `false`: only `advance` moves it. */
  readonly auto?: boolean;
}

/** A clock whose time is data: waiting costs no real time, and wake-ups happen in order. */
export interface VirtualClock extends Clock {
  /** Moves time, waking every sleeper that becomes due in order of wake-up, also those that fall asleep on the way. */
  advance(durationMs: number): Promise<void>;
  /**
   * Holds time still until the promise settles, and gives it back. For real I/O (sockets, files) that the clock cannot
   * see. Never track something that itself sleeps on this clock: neither would ever move.
   */
  track<T>(promise: Promise<T>): Promise<T>;
  /** How many sleeps are waiting. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

// One turn lets I/O callbacks and all microtasks run; a chain of callbacks needs a few before it is known to be idle.
const idleTurns = 8;

/**
 * A clock for tests: code that waits minutes runs in milliseconds.
 *
 * Sleeping throws `CANCELLED` when the signal aborts and `INVALID_INPUT` for a duration that is not a number.
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  let nowMs = instantToMs(options.start ?? parseInstant("2026-01-01T00:00:00Z"));
  let activity = 0;
  let isWatching = false;
  const sleepers = new Set<Sleeper>();
  const tracked = new Set<Promise<unknown>>();

  function wakeNext(limitMs: number): boolean {
    let next: Sleeper | undefined;
    // A set keeps the order of falling asleep, so the first of equals wakes first.
    for (const sleeper of sleepers) if (next === undefined || sleeper.wakeMs < next.wakeMs) next = sleeper;
    if (next === undefined || next.wakeMs > limitMs || next.wakeMs === Number.POSITIVE_INFINITY) return false;
    nowMs = Math.max(nowMs, next.wakeMs);
    next.wake();
    return true;
  }

  async function idle(): Promise<void> {
    for (let turn = 0; turn < idleTurns; turn++) {
      const before = activity;
      while (tracked.size > 0) await Promise.allSettled(tracked);
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (activity !== before) turn = -1;
    }
  }

  async function watch(): Promise<void> {
    if (options.auto !== true || isWatching) return;
    isWatching = true;
    do await idle();
    while (wakeNext(Number.MAX_VALUE));
    isWatching = false;
  }

  function fallAsleep(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      function leave(): void {
        activity++;
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", cancel);
      }
      function cancel(): void {
        leave();
        reject(new BayplanError("CANCELLED", "The wait was cancelled.", { cause: signal?.reason }));
      }
      function wake(): void {
        leave();
        resolve();
      }
      const sleeper: Sleeper = { wakeMs: nowMs + Math.max(0, durationMs), wake };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", cancel);
      activity++;
      void watch();
    });
  }

  return {
    now: () => instantFromMs(nowMs),
    async sleep(durationMs: number, call: CallOptions = {}): Promise<void> {
      throwIfCancelled(call.signal);
      if (Number.isNaN(durationMs)) {
        throw new BayplanError("INVALID_INPUT", "The duration of a sleep is not a number. Pass milliseconds.");
      }
      await fallAsleep(durationMs, call.signal);
    },
    async advance(durationMs: number): Promise<void> {
      const targetMs = nowMs + durationMs;
      do await idle();
      while (wakeNext(targetMs));
      nowMs = Math.max(nowMs, targetMs);
    },
    track<T>(promise: Promise<T>): Promise<T> {
      activity++;
      const settled = promise.then(
        () => {},
        () => {},
      );
      tracked.add(settled);
      void settled.then(() => {
        activity++;
        tracked.delete(settled);
      });
      return promise;
    },
    get sleeping() {
      return sleepers.size;
    },
  };
}
