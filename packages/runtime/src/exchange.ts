import { BayplanError } from "@bayplan/core";
import { enterGate, type GatePass, leaveGate, noteAnswer } from "./host-gate-pass.ts";
import type { HttpHeaders } from "./http-headers.ts";
import { checkUrl, type PreparedRequest } from "./http-request.ts";
import { type Hop, isRedirect, nextHop } from "./redirect.ts";
import { AttemptFailed } from "./retry-judge.ts";
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from "./transport.ts";
import { classifyTransportFailure } from "./transport-failure.ts";
import type { Watchdog } from "./watchdog.ts";

/** What one attempt gave, redirects followed, the body not read yet. */
interface Exchange {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly url: string;
  /** Checked against `Content-Length` while it is read. Absent when none may follow. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

/** What an attempt lends to its exchange. */
interface ExchangeContext {
  readonly transport: Transport;
  readonly allowInsecure: readonly string[];
  readonly watchdog: Watchdog;
  /** Inside the gate of the request's origin. */
  readonly pass: GatePass;
}

const maxRedirects = 5;

/** Sends the request, follows redirects, and gives the final answer. Throws what the transport throws. */
export async function exchange(request: PreparedRequest, context: ExchangeContext): Promise<Exchange> {
  const { watchdog, transport, pass } = context;
  let hop: Hop = request;
  for (let redirects = 0; ; redirects += 1) {
    const sent = transport.send(onTheWire(hop, request, watchdog));
    const response = await watchdog.guard(redirects === 0 ? sent : sent.catch(redirectedHere));
    watchdog.touch();
    noteAnswer(pass);
    const { status, headers, body } = response;
    if (!isRedirect(status)) {
      const checked = body === undefined ? undefined : await checkedBody(response, { body, hop, watchdog });
      return { status, headers, url: hop.url.href, body: checked };
    }
    await watchdog.guard(response.discard());
    if (redirects >= maxRedirects) {
      throw new BayplanError("RESPONSE_INVALID", `${request.doing()} was redirected more than ${maxRedirects} times.`);
    }
    const { origin } = hop.url;
    hop = nextHop(hop, status, headers.get("location"));
    checkUrl(hop.url, context.allowInsecure);
    if (hop.url.origin !== origin) await changeHost(hop.url, request, context);
  }
}

/** Leaves the host that redirected and waits at the gate of the next one: never inside both, or two could block each other. */
async function changeHost(url: URL, request: PreparedRequest, { pass, watchdog }: ExchangeContext): Promise<void> {
  leaveGate(pass, "good");
  watchdog.hold();
  try {
    await enterGate(pass, url);
  } catch (cause) {
    // The gate has waited for as long as may be; the attempt is not made again.
    const { error } = classifyTransportFailure(cause, request.doing());
    throw new AttemptFailed({ kind: "error", error, retryable: false, stale: false });
  }
  watchdog.touch();
}

/** Whatever the protocol promises of the last request, the one before it was processed: it is redirected. */
function redirectedHere(cause: unknown): never {
  throw cause instanceof TransportError ? new TransportError(cause.code, { cause }) : cause;
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
    await watchdog.guard(response.discard());
    // A refusal is one in any encoding; only what is absent has to be said in plain words.
    if (status >= 400 && status !== 404) return undefined;
    // Only names that are known are shown: a server may repeat there what it was sent.
    const shown = /^(?:x-)?(?:gzip|compress|deflate|br|zstd)$/i.test(encoding) ? encoding : "an encoding";
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${hop.method} ${hop.url.host} answered with ${shown}, although it was not asked for. Ask its operator.`,
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
