import { BayplanError, type CallOptions, throwIfCancelled } from "@bayplan/core";

/** Runs work once for all callers that ask for the same key while it runs. */
export type SharedWork<T> = (
  key: string,
  work: (options: CallOptions) => Promise<T>,
  options: CallOptions,
) => Promise<T>;

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  callers: number;
}

/**
 * One flight per key. A caller that cancels leaves alone: the work goes on for the others, and is aborted only when
 * nobody waits for it any more.
 */
export function createSharedWork<T>(): SharedWork<T> {
  const flights = new Map<string, Flight<T>>();
  return async (key, work, options) => {
    throwIfCancelled(options.signal);
    let flight = flights.get(key);
    if (flight === undefined) {
      const controller = new AbortController();
      const started: Flight<T> = { result: work({ signal: controller.signal }), controller, callers: 0 };
      flight = started;
      flights.set(key, started);
      const land = (): void => {
        if (flights.get(key) === started) flights.delete(key);
      };
      started.result.then(land, land);
    }
    flight.callers += 1;
    try {
      return await untilCancelled(flight.result, options);
    } finally {
      flight.callers -= 1;
      if (flight.callers === 0) {
        // A newcomer must not join work that is being aborted.
        if (flights.get(key) === flight) flights.delete(key);
        flight.controller.abort();
      }
    }
  };
}

/** The promise, or `CANCELLED` as soon as the signal aborts. */
export function untilCancelled<T>(promise: Promise<T>, options: CallOptions): Promise<T> {
  const { signal } = options;
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const cancel = (): void => {
      reject(new BayplanError("CANCELLED", "The operation was cancelled.", { cause: signal.reason }));
    };
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancel));
  });
}
