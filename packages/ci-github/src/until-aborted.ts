import { BayplanError, type CallOptions, throwIfCancelled } from "@bayplan/core";

/** The promise's result, or `CANCELLED` as soon as the signal aborts, whatever the promise does then. */
export async function untilAborted<T>(promise: Promise<T>, { signal }: CallOptions): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => {});
  throwIfCancelled(signal);
  let cancel = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    cancel = () => reject(new BayplanError("CANCELLED", "The operation was cancelled.", { cause: signal.reason }));
    signal.addEventListener("abort", cancel);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
