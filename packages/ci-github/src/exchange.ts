import { BayplanError } from "@bayplan/core";
import type { FetchLike, FetchLikeInit, FetchLikeResponse } from "@bayplan/runtime";

/** One request as Octokit makes it. */
export interface ExchangeRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

const timeoutMs = 60_000;
// A page of 100 runs is about 2 MB.
const maxBytes = 32 * 1024 * 1024;
const bodiless = new Set([204, 205, 304]);
const headerNames = [
  "content-type",
  "date",
  "etag",
  "link",
  "location",
  "retry-after",
  "x-accepted-github-permissions",
  "x-github-sso",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
];

/**
 * One request and its whole answer, within a minute. Octokit takes a body that broke half-way for an empty one, so the
 * body is read here, where that is a failure. Throws `UNAVAILABLE` when nothing or only a part came back.
 */
export async function exchange(fetch: FetchLike, url: URL, request: ExchangeRequest): Promise<Response> {
  const abort = new AbortController();
  let giveUp: (reason: unknown) => void = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    giveUp = (reason) => {
      abort.abort(reason);
      reject(reason);
    };
  });
  ended.catch(() => {});
  const onAbort = (): void =>
    giveUp(new BayplanError("CANCELLED", "The request was cancelled.", { cause: request.signal?.reason }));
  const timer = setTimeout(() => giveUp(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
  request.signal?.addEventListener("abort", onAbort);
  try {
    if (request.signal?.aborted) onAbort();
    const init: FetchLikeInit = {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      signal: abort.signal,
      ...(request.body === undefined ? {} : { body: new TextEncoder().encode(request.body) }),
    };
    const answer = abort.signal.aborted ? ended : fetch(url.href, init).then((response) => whole(response, url));
    answer.catch(() => {});
    return await Promise.race([answer, ended]);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", onAbort);
  }
}

async function whole(response: FetchLikeResponse, url: URL): Promise<Response> {
  const headers = new Headers();
  for (const name of headerNames) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const bytes = await readBody(response.body as AsyncIterable<Uint8Array> | null | undefined);
  const answer = new Response(bodiless.has(response.status) ? null : bytes, { status: response.status, headers });
  // A hand-made response has no address, and Octokit reads it.
  return Object.defineProperty(answer, "url", { value: url.href });
}

async function readBody(body: AsyncIterable<Uint8Array> | null | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new BayplanError("RESPONSE_INVALID", `GitHub's answer is longer than ${maxBytes} bytes and was not read.`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
