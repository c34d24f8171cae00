import { BayplanError, type CallOptions } from "@bayplan/core";
import { listenForAbort } from "./abort-listeners.ts";

/** Ends work that stands still or that the caller no longer wants. */
export interface Watchdog {
  /** Calls the listener with a BayplanError `TIMEOUT` or `CANCELLED` when the work is given up, or at once if it was. */
  onAbort(listener: (reason: BayplanError) => void): void;
  /** Something happened: the idle time begins anew. */
  touch(): void;
  /** No idle time until the next `touch`: the work waits for something else than the network. */
  hold(): void;
  /** The work, or the reason for giving up if that comes first, even when the work does not listen. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** No more time limit and no more cancelling. */
  stop(): void;
}

/**
 * A watchdog that gives up after `idleMs` without a `touch`, or when the caller's signal aborts. Plain listeners
 * instead of an AbortController, which would cost more than all the rest of a small request.
 * Real time, not the injected clock's: it guards sockets, and those do not live in virtual time.
 */
export function createWatchdog(
  idleMs: number,
  work: { readonly doing: () => string },
  { signal: callers }: CallOptions,
): Watchdog {
  const listeners = new Set<(reason: BayplanError) => void>();
  let given: BayplanError | undefined;
  let isHeld = false;
  const abort = (reason: BayplanError): void => {
    if (given !== undefined) return;
    given = reason;
    for (const listener of listeners) listener(reason);
    listeners.clear();
  };
  const onAbort = (listener: (reason: BayplanError) => void): void => {
    if (given === undefined) listeners.add(listener);
    else listener(given);
  };
  const timer = setTimeout(() => {
    if (isHeld) return;
    const why = `${work.doing()} was given up: nothing arrived for ${idleMs} ms. Try again later.`;
    abort(new BayplanError("TIMEOUT", why));
  }, idleMs);
  const cancel = (): void => {
    abort(new BayplanError("CANCELLED", `${work.doing()} was cancelled.`, { cause: callers?.reason }));
  };
  if (callers?.aborted) cancel();
  const stopListening = callers === undefined || callers.aborted ? undefined : listenForAbort(callers, cancel);
  return {
    onAbort,
    touch: () => {
      isHeld = false;
      // Also starts a timer again that has run out meanwhile.
      timer.refresh();
    },
    hold: () => {
      isHeld = true;
    },
    guard: <T>(work: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        onAbort(reject);
        work.then(
          (value) => {
            listeners.delete(reject);
            resolve(value);
          },
          (error: unknown) => {
            listeners.delete(reject);
            reject(given ?? error);
          },
        );
      }),
    stop: () => {
      clearTimeout(timer);
      stopListening?.();
    },
  };
}
