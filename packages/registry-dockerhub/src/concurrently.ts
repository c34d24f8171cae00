import { type CallOptions, throwIfCancelled } from "@bayplan/core";
import { untilCancelled } from "@bayplan/runtime";

/**
 * What the work gives for each item, as soon as it is there, so many at once. Whoever stops iterating stops the work;
 * the first failure ends it.
 */
export async function* concurrently<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, call: CallOptions) => Promise<Result>,
  options: CallOptions & { readonly atOnce: number },
): AsyncGenerator<Result> {
  throwIfCancelled(options.signal);
  const stop = new AbortController();
  const cancel = (): void => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", cancel, { once: true });
  const waiting = items[Symbol.iterator]();
  const active = new Map<number, Promise<readonly [number, Result]>>();
  try {
    for (let next = 0; ; next += 1) {
      const item = active.size < options.atOnce ? waiting.next() : undefined;
      if (item?.done === false) {
        const one = work(item.value, { signal: stop.signal }).then((result) => [next, result] as const);
        // Whoever stops iterating leaves them behind, and nobody waits for their failure.
        one.catch(() => {});
        active.set(next, one);
        continue;
      }
      if (active.size === 0) return;
      const [done, result] = await untilCancelled(Promise.race(active.values()), options);
      active.delete(done);
      yield result;
    }
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    stop.abort();
  }
}
