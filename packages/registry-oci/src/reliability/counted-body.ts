import type { Bench } from "./open-bench.ts";

/**
 * A body that goes on for as long as anyone reads, counted as it leaves. At `mostBytes` the server gives up, lest a
 * client without a limit fill the memory of the test.
 */
export function countedBody(
  bench: Pick<Bench, "sentBytes">,
  options: { readonly mostBytes: number; readonly chunk: Uint8Array },
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (bench.sentBytes >= options.mostBytes) return controller.error(new Error("more than any client should read"));
      bench.sentBytes += options.chunk.byteLength;
      controller.enqueue(options.chunk);
    },
  });
}
