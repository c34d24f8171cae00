import { TransportError } from "./transport.ts";

/** How a stream of HTTP/2 came to its end before its answer did. */
export interface Http2End {
  /** `undefined` for a stream that was never opened. */
  readonly streamId: number | undefined;
  /** The error code of the frame that closed it. */
  readonly code: number | undefined;
  /** What Node said about the stream, or the session. */
  readonly error: unknown;
  /** Whether the session ended with it. */
  readonly isSessionOver: boolean;
  /** What the server said when it took leave of the session. */
  readonly goAway: { readonly code: number; readonly lastStreamId: number } | undefined;
}

// https://www.rfc-editor.org/rfc/rfc9113#section-7, counted from 0
const names = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];
const refusedStream = names.indexOf("REFUSED_STREAM");
const enhanceYourCalm = names.indexOf("ENHANCE_YOUR_CALM");
// Node's error for a frame that closed the stream.
const streamError = "ERR_HTTP2_STREAM_ERROR";

/**
 * Why a stream failed. `unprocessed` where HTTP/2 promises that the server did not look at the request: it refused the
 * stream, or left the session with an earlier one as the last. Not if it left because it was asked too much: whoever
 * may repeat at once should not do it then.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.7
 */
export function http2Failure({ streamId, code = 0, error, isSessionOver, goAway }: Http2End): TransportError {
  const isBeyond = streamId === undefined || (goAway !== undefined && streamId > goAway.lastStreamId);
  if (code === refusedStream || isBeyond) {
    const isTooMuch = goAway?.code === enhanceYourCalm;
    return new TransportError(nameOf(isTooMuch ? enhanceYourCalm : refusedStream), {
      unprocessed: !isTooMuch,
      cause: error,
    });
  }
  if (goAway !== undefined && goAway.code !== 0) return new TransportError(nameOf(goAway.code), { cause: error });
  const reason = reasonOf(error);
  // A stream that ends with its session has no code of its own, or one that Node made up.
  if (isSessionOver && reason !== streamError) return new TransportError(reason ?? "ECONNRESET", { cause: error });
  return new TransportError(code === 0 ? "HTTP2_ENDED_EARLY" : nameOf(code), { cause: error });
}

function nameOf(code: number): string {
  return `HTTP2_${names[code] ?? code}`;
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
