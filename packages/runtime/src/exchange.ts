import { BayplanError } from "@bayplan/core";
import type { HttpHeaders } from "./http-headers.ts";
import { checkUrl, type PreparedRequest } from "./http-request.ts";
import { type Hop, isRedirect, nextHop } from "./redirect.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";
import type { Watchdog } from "./watchdog.ts";

/** What one attempt gave, redirects followed, the body not read yet. */
interface Exchange {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly url: string;
  /** Checked against `Content-Length` while it is read. Absent when none may follow. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

const maxRedirects = 5;

/** Sends the request, follows redirects, and gives the final answer. Throws what the transport throws. */
export async function exchange(
  request: PreparedRequest,
  context: { transport: Transport; allowInsecure: readonly string[]; watchdog: Watchdog },
): Promise<Exchange> {
  const { watchdog, transport } = context;
  let hop: Hop = request;
  for (let redirects = 0; ; redirects += 1) {
    const response = await watchdog.guard(transport.send(onTheWire(hop, request, watchdog)));
    watchdog.touch();
    const { status, headers, body } = response;
    if (!isRedirect(status)) {
      const checked = body === undefined ? undefined : await checkedBody(response, { body, hop, watchdog });
      return { status, headers, url: hop.url.href, body: checked };
    }
    await watchdog.guard(response.discard());
    if (redirects >= maxRedirects) {
      throw new BayplanError("RESPONSE_INVALID", `${request.doing()} was redirected more than ${maxRedirects} times.`);
    }
    hop = nextHop(hop, status, headers.get("location"));
    checkUrl(hop.url, context.allowInsecure);
  }
}

function onTheWire(hop: Hop, request: PreparedRequest, watchdog: Watchdog): TransportRequest {
  const { method, url, authorization } = hop;
  const body = hop.hasBody ? request.body?.() : undefined;
  return {
    method,
    url,
    headers: authorization === undefined ? hop.headers : { authorization, ...hop.headers },
    onAbort: watchdog.onAbort,
    body: body === undefined || body instanceof Uint8Array ? body : watched(body, watchdog),
  };
}

async function checkedBody(
  response: TransportResponse,
  context: { body: AsyncIterable<Uint8Array>; hop: Hop; watchdog: Watchdog },
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { body, hop, watchdog } = context;
  const { status, headers } = response;
  if (hop.method === "HEAD" || status === 204 || status === 304) {
    await watchdog.guard(response.discard());
    return undefined;
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    await response.discard();
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${hop.method} ${hop.url.host} answered with the encoding ${encoding.slice(0, 40)}, which was not asked for.`,
    );
  }
  return measured(watched(body, watchdog), headers.get("content-length"), hop);
}

/** The same chunks, each of them awaited under the watchdog. */
async function* watched(source: AsyncIterable<Uint8Array>, watchdog: Watchdog): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await watchdog.guard(iterator.next());
      watchdog.touch();
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: an iterator that hangs in `next` would hang here as well.
    if (!ended) iterator.return?.().then(undefined, () => {});
  }
}

async function* measured(
  source: AsyncIterable<Uint8Array>,
  contentLength: string | undefined,
  hop: Hop,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of source) {
    length += chunk.byteLength;
    yield chunk;
  }
  const expected = /^\d+$/.test(contentLength ?? "") ? Number(contentLength) : length;
  if (length === expected) return;
  const message = `${hop.method} ${hop.url.host} ended after ${length} of ${expected} bytes. Try again.`;
  throw new BayplanError(length < expected ? "UNAVAILABLE" : "RESPONSE_INVALID", message);
}

/** All bytes of the body; more than `maxBytes` throw `RESPONSE_INVALID` without being read. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  limits: { headers: HttpHeaders; request: PreparedRequest; deadline: number },
): Promise<Uint8Array> {
  const { headers, request } = limits;
  const announced = Number(headers.get("content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (Math.max(length, announced) > request.maxBytes) {
      throw new BayplanError(
        "RESPONSE_INVALID",
        `${request.doing()} answered with more than ${request.maxBytes} bytes.`,
      );
    }
    if (performance.now() > limits.deadline) {
      throw new BayplanError("TIMEOUT", `${request.doing()} took too long in all. Try again later.`);
    }
    chunks.push(chunk);
  }
  return joinChunks(chunks, length);
}

function joinChunks(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  // A plain Uint8Array also where the transport gave a Buffer, whose methods behave differently.
  if (only !== undefined && chunks.length === 1) return new Uint8Array(only.buffer, only.byteOffset, only.byteLength);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
