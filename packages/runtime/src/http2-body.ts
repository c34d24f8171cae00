import type { ClientHttp2Stream } from "node:http2";

/** One stream of HTTP/2 with what is known of it. */
export interface Http2Exchange {
  readonly stream: ClientHttp2Stream;
  /** Whether the server said that its answer is complete. */
  isComplete(): boolean;
  /** Why it is not. */
  failure(): Error;
  /** Gives up this stream, a turn of the event loop later; the session stays. */
  cancel(): void;
}

const discardUpToBytes = 64 * 1024;
// With more than this on its way out, Node sends in the middle of receiving what the same stream answers, and may then
// receive the same bytes once more, inside, and read memory that is gone.
const pieceBytes = 4096;

/** Sends the body as fast as the server takes it. Throws what the body throws; a stream that ends meanwhile is no error here. */
export async function writeBody(
  { stream }: Http2Exchange,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    for (let at = 0; at < chunk.byteLength; at += pieceBytes) {
      if (!(await write(stream, chunk.subarray(at, at + pieceBytes)))) return;
    }
  }
  if (!stream.writableEnded) stream.end();
}

/** Whether the stream took the piece. It does not once it has ended. */
function write(stream: ClientHttp2Stream, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (stream.writableEnded || stream.destroyed) resolve(false);
    else stream.write(piece, (error) => resolve(error === undefined || error === null));
  });
}

/** The body as the server sends it, no faster than it is read. Throws when it ends before the server said so. */
export async function* readBody(exchange: Http2Exchange): AsyncGenerator<Uint8Array> {
  let isRead = false;
  try {
    yield* exchange.stream.iterator({ destroyOnReturn: false });
    isRead = exchange.isComplete();
  } catch {
    // The exchange knows better why.
  } finally {
    if (!isRead) exchange.cancel();
  }
  if (!isRead) throw exchange.failure();
}

/** Lets a short rest of the body pass, and cancels a long one. */
export function discardBody({ stream, cancel }: Http2Exchange, contentLength: number): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    stream.once("close", resolve);
    if (contentLength > discardUpToBytes) return cancel();
    let left = discardUpToBytes;
    stream.on("data", (chunk: Uint8Array) => {
      left -= chunk.byteLength;
      if (left < 0) cancel();
    });
  });
}
