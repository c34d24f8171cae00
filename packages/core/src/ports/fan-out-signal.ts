import type { CallOptions } from "./call-options.ts";

/** Gives each of many concurrent calls a signal of its own that aborts with the caller's. */
export interface SignalFan {
  /** Runs one call. Its signal is aborted as soon as the caller's is. */
  run<Result>(call: (options: CallOptions) => Promise<Result>): Promise<Result>;
  /** Stops listening to the caller's signal. */
  close(): void;
}

/**
 * One listener on the caller's signal, however many calls run at once: hosts take more than ten listeners for a leak
 * and say so on the user's terminal.
 */
export function fanOutSignal(signal: AbortSignal | undefined): SignalFan {
  const controllers = new Set<AbortController>();
  const abort = () => {
    for (const controller of controllers) controller.abort(signal?.reason);
  };
  signal?.addEventListener("abort", abort, { once: true });
  return {
    async run(call) {
      if (signal === undefined) return call({});
      const controller = new AbortController();
      if (signal.aborted) controller.abort(signal.reason);
      controllers.add(controller);
      try {
        return await call({ signal: controller.signal });
      } finally {
        controllers.delete(controller);
      }
    },
    close: () => signal?.removeEventListener("abort", abort),
  };
}
