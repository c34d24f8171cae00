import type { CallOptions } from "@bayplan/core";
import { untilCancelled } from "@bayplan/runtime";

/** The same chunks; `CANCELLED` as soon as the signal aborts, also where the source knows of no signal and gives nothing. */
export async function* cancellable(
  source: AsyncIterable<Uint8Array>,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await untilCancelled(iterator.next(), options);
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs in `next` hangs in `return` as well.
    if (!ended) iterator.return?.().then(undefined, () => {});
  }
}
