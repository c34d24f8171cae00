import { BayplanError, type BayplanErrorCode, isBayplanError } from "@bayplan/core";
import { TransportError } from "./transport.ts";

/** Why no usable answer arrived. */
interface TransportFailure {
  readonly error: BayplanError;
  /** Whether trying again can help: not for a name that does not exist or a certificate that is wrong. */
  readonly retryable: boolean;
  /** Whether the connection ended without an answer, as an idle one does that the server has just closed. */
  readonly connectionLost: boolean;
  /** Whether it is certain that the server did nothing with the request: repeating it is safe, whatever it is. */
  readonly unprocessed: boolean;
}

const lost = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);
const hopeless = /^(?:ENOTFOUND|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|UND_ERR_HEADERS_OVERFLOW)/;
// `ERR_HTTP2_ERROR` is what Node calls bytes that make no frames.
const notHttp = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW$|ERR_HTTP2_ERROR$)/;
const misused =
  /^(?:UND_ERR_INVALID_ARG|UND_ERR_REQ_CONTENT_LENGTH_MISMATCH|ERR_INVALID_|ERR_HTTP2_INVALID_(?:CONNECTION|HEADER|PSEUDO))/;

/**
 * Classifies what a transport threw: `TIMEOUT` while connecting, `INVALID_INPUT` for a request that cannot be sent,
 * `RESPONSE_INVALID` for bytes that are not HTTP, else `UNAVAILABLE`.
 */
export function classifyTransportFailure(cause: unknown, doing: string): TransportFailure {
  // Bodies and watchdogs of the caller throw with their own code: that one is the truth.
  if (isBayplanError(cause)) {
    const retryable = cause.code === "UNAVAILABLE" || cause.code === "TIMEOUT";
    return { error: cause, retryable, connectionLost: false, unprocessed: false };
  }
  const reason = reasonOf(cause);
  const code = codeOf(reason);
  return {
    error: new BayplanError(code, `${doing} got no usable answer (${reason}). ${advice(code)}`, { cause }),
    retryable: code !== "INVALID_INPUT" && !hopeless.test(reason),
    connectionLost: lost.has(reason),
    unprocessed: cause instanceof TransportError && cause.unprocessed,
  };
}

// Only the code: messages of other libraries may quote a URL or a header.
function reasonOf(cause: unknown): string {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
    // undici 7 looks the code up in a table that is the other way round, and finds none.
    if (error.name === "HTTPParserError") return "HPE_UNNAMED";
    if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  }
  return "connection failed";
}

function codeOf(reason: string): BayplanErrorCode {
  if (reason === "UND_ERR_CONNECT_TIMEOUT" || reason === "ETIMEDOUT") return "TIMEOUT";
  if (misused.test(reason)) return "INVALID_INPUT";
  return notHttp.test(reason) ? "RESPONSE_INVALID" : "UNAVAILABLE";
}

function advice(code: BayplanErrorCode): string {
  if (code === "INVALID_INPUT") return "The request itself is wrong.";
  return code === "RESPONSE_INVALID" ? "Check that the address is a web server's." : "Check the address, or try later.";
}
