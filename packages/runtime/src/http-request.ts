import { BayplanError } from "@bayplan/core";
import { isLoopbackHost } from "./loopback.ts";
import { redactUrl } from "./redact.ts";

/** One HTTP request. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** https, or http to this computer and to the hosts in `allowInsecure`. No user or password in it. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function gives the same bytes again for each attempt; set `content-length` in the headers if it is known. */
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>);
  /** Value of the `Authorization` header. Bound to the origin of `url`: a redirect to another one does not carry it. */
  readonly authorization?: string;
  /** The body holds a secret: it is not sent along with a redirect to another origin, which throws instead. Default `false`. */
  readonly secretBody?: boolean;
  /**
   * `Authorization` values and other secrets that are not sent with this request, but that whoever named its address
   * knows and may have repeated in it: no error shows them either. Default none.
   */
  readonly hidden?: readonly string[];
  /** Longest response body of `request`; more throws `RESPONSE_INVALID`. Default 8 MiB. `stream` has no limit. */
  readonly maxBytes?: number;
  /** Longest time without any progress once it is sent: until the headers, then between two chunks. Default the client's, 30,000. */
  readonly timeoutMs?: number;
  /**
   * Longest time for everything, retries and waiting for its turn included; for `stream` only until the headers. Default
   * the client's, 120,000.
   */
  readonly callTimeoutMs?: number;
  /**
   * Whether a failed attempt may be repeated. Default `idempotent` for GET, HEAD, PUT and DELETE, `never` for POST and
   * PATCH. `refused`: only after an answer that says nothing was done (429, 503), never after one that was lost. A
   * request that the server certainly did not look at (HTTP/2 tells) is sent once more whatever stands here, but with
   * `never` only if its body is not streamed.
   */
  readonly retry?: "idempotent" | "refused" | "never";
}

/** A request that was checked and completed with its defaults. */
export interface PreparedRequest {
  readonly method: HttpRequest["method"];
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly hasBody: boolean;
  readonly secretBody: boolean;
  readonly hidden: readonly string[];
  readonly body: (() => Uint8Array | AsyncIterable<Uint8Array>) | undefined;
  /** Whether the caller produces the body while it is sent. */
  readonly streamsBody: boolean;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly callTimeoutMs: number;
  readonly mayRetry: boolean;
  /** Whether it may also be repeated when nobody knows whether it was carried out. */
  readonly mayRepeat: boolean;
  /** For messages: method and redacted URL. A function because it is dear, and most requests never need it. */
  readonly doing: () => string;
}

const chunkBytes = 64 * 1024;
const none: readonly string[] = [];

/** Checks a request and fills in the defaults. Throws `INVALID_INPUT` or `NOT_ALLOWED` before anything is sent. */
export function prepareRequest(
  request: HttpRequest,
  client: { userAgent: string; allowInsecure: readonly string[]; timeoutMs: number; callTimeoutMs: number },
): PreparedRequest {
  const { method } = request;
  const url = parseUrl(request);
  checkUrl(url, client.allowInsecure);
  const retry = request.retry ?? (method === "POST" || method === "PATCH" ? "never" : "idempotent");
  const body = repeatableBody(request.body);
  const { headers, authorization } = completeHeaders(request, client.userAgent);
  return {
    method,
    url,
    headers,
    authorization,
    hasBody: body !== undefined,
    secretBody: request.secretBody ?? false,
    hidden: request.hidden ?? none,
    body,
    streamsBody: typeof request.body === "function",
    maxBytes: request.maxBytes ?? 8 * 1024 * 1024,
    timeoutMs: request.timeoutMs ?? client.timeoutMs,
    callTimeoutMs: request.callTimeoutMs ?? client.callTimeoutMs,
    mayRetry: retry !== "never",
    mayRepeat: retry === "idempotent",
    doing: () => describe({ method, url }),
  };
}

function parseUrl(request: HttpRequest): URL {
  try {
    const url = new URL(request.url);
    if (url.href.includes("#")) url.hash = "";
    return url;
  } catch {
    throw new BayplanError("INVALID_INPUT", `${describe(request)}: this is not a URL.`);
  }
}

function describe(request: Pick<HttpRequest, "method" | "url">): string {
  return `${request.method} ${redactUrl(request.url)}`;
}

/**
 * Refuses what may not be contacted.
 *
 * @throws BayplanError `NOT_ALLOWED` for http outside loopback and `allowInsecure`, `INVALID_INPUT` for other schemes and for credentials in the URL.
 */
export function checkUrl(url: URL, allowInsecure: readonly string[]): void {
  if (url.username !== "" || url.password !== "") {
    throw new BayplanError(
      "INVALID_INPUT",
      `${redactUrl(url)}: take the credentials out of the URL and pass them as options.`,
    );
  }
  if (url.protocol === "https:") return;
  if (url.protocol !== "http:") throw new BayplanError("INVALID_INPUT", `${redactUrl(url)} is not a web address.`);
  if (isLoopbackHost(url.hostname) || allowInsecure.includes(url.host) || allowInsecure.includes(url.hostname)) return;
  const advice = `Use https, or allow ${url.host} explicitly.`;
  throw new BayplanError("NOT_ALLOWED", `${redactUrl(url)} is not encrypted. ${advice}`);
}

function completeHeaders(request: HttpRequest, userAgent: string): Pick<PreparedRequest, "headers" | "authorization"> {
  const { body, headers: given = {} } = request;
  // Identity: digests are of the bytes as stored, and both transports must see the same ones.
  const headers: Record<string, string> = { "user-agent": userAgent, "accept-encoding": "identity" };
  if (isInPieces(body)) headers["content-length"] = String(body.byteLength);
  let { authorization } = request;
  if (authorization !== undefined) checkHeader("authorization", authorization, request);
  for (const [givenName, value] of Object.entries(given)) {
    const name = givenName.toLowerCase();
    checkHeader(name, value, request);
    if (name !== "authorization") headers[name] = value;
    else if (request.authorization === undefined) authorization = value;
  }
  return { headers, authorization };
}

function checkHeader(name: string, value: string, request: HttpRequest): void {
  const isName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && name !== "__proto__";
  if (isName && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  const shown = JSON.stringify(name.slice(0, 40));
  throw new BayplanError("INVALID_INPUT", `${describe(request)}: the header ${shown} cannot be sent.`);
}

function repeatableBody(body: HttpRequest["body"]): PreparedRequest["body"] {
  if (body === undefined || typeof body === "function") return body;
  return isInPieces(body) ? () => inChunks(body) : () => body;
}

// In pieces, so that the time limit is for each piece and not for a large upload as a whole.
function isInPieces(body: HttpRequest["body"]): body is Uint8Array {
  return body instanceof Uint8Array && body.byteLength > chunkBytes;
}

async function* inChunks(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < body.byteLength; start += chunkBytes) yield body.subarray(start, start + chunkBytes);
}
