import { BayplanError } from "@bayplan/core";

/** How far the number of requests in flight to one host may move. */
export interface Concurrency {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** How many requests one host takes at once, learnt from how they end. */
export interface AdaptiveLimit {
  readonly current: number;
  /** Counts the decreases. A request keeps the number it began with. */
  readonly window: number;
  /** A request ended well; `saturated`: as many were in flight as may be. */
  succeeded(began: number, saturated: boolean): void;
  /** The host was overloaded, or said so. */
  failed(began: number): void;
}

/**
 * A limit that grows by 1 when as many requests as it allows ended well while it was used up, and halves when the host
 * is overloaded. Requests that began before the last decrease change nothing: their failures are the same news, and
 * their successes are those of another limit.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5681#section-3.1
 */
export function createAdaptiveLimit({ initial, min, max }: Concurrency): AdaptiveLimit {
  let current = initial;
  let window = 0;
  let successes = 0;
  return {
    get current() {
      return current;
    },
    get window() {
      return window;
    },
    succeeded(began, saturated) {
      if (!saturated || began !== window || current === max) return;
      successes += 1;
      if (successes < current) return;
      current += 1;
      successes = 0;
    },
    failed(began) {
      if (began !== window) return;
      current = Math.max(min, Math.floor(current / 2));
      window += 1;
      successes = 0;
    },
  };
}

/**
 * Completes the bounds of a limit: 16, between 4 and 64; a default gives way to what was given.
 *
 * @throws BayplanError `INVALID_INPUT` unless all are whole numbers and 1 ≤ min ≤ initial ≤ max.
 */
export function checkConcurrency(given: Partial<Concurrency>): Concurrency {
  const max = given.max ?? Math.max(64, given.min ?? 0, given.initial ?? 0);
  const min = given.min ?? Math.min(4, max, given.initial ?? max);
  const initial = given.initial ?? Math.min(max, Math.max(min, 16));
  const isOrdered = 1 <= min && min <= initial && initial <= max;
  if ([initial, min, max].every(Number.isSafeInteger) && isOrdered) return { initial, min, max };
  const found = `min ${min}, initial ${initial}, max ${max}`;
  throw new BayplanError(
    "INVALID_INPUT",
    `The option "concurrency" of createHttpClient is ${found}. Pass whole numbers with 1 <= min <= initial <= max.`,
  );
}
