import type { Clock } from "@bayplan/core";
import { connectionReset } from "./connection-reset.ts";
import { withBody, withHeaderLines } from "./header-lines.ts";

/** What happens to an answer after the server has done its work. */
export type AnswerEffect =
  /**
   * The body ends after that many bytes, although its headers announce all of it. `hidden`: no length is announced and
   * the body ends as if it were whole, so that only its digest or size tells.
   */
  | { readonly truncateTo: number; readonly hidden?: boolean }
  /** The body comes in pieces of that many bytes, each after so many milliseconds on the server's clock. */
  | { readonly dripBytes: number; readonly everyMs: number }
  /** Headers set (text), sent as several lines (list) or left out (`null`). */
  | { readonly changeHeaders: Readonly<Record<string, string | readonly string[] | null>> }
  /** `header`: Docker-Content-Digest names other content. `body`: the content is another one of the same length. */
  | { readonly wrongDigest: "header" | "body" };

/** Makes of an answer what the effect says. */
export async function changeAnswer(response: Response, effect: AnswerEffect, clock: Clock): Promise<Response> {
  if ("changeHeaders" in effect) return changeHeaders(response, effect.changeHeaders);
  if ("wrongDigest" in effect && effect.wrongDigest === "header") {
    return changeHeaders(response, { "docker-content-digest": `sha256:${"0".repeat(64)}` });
  }
  if (response.body === null) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  if ("wrongDigest" in effect) return withBody(response, flipped(bytes));
  if ("dripBytes" in effect) return withBody(response, drip(bytes, effect, clock));
  response.headers.set("content-length", String(bytes.length));
  if (bytes.length <= effect.truncateTo) return withBody(response, bytes);
  const part = bytes.subarray(0, effect.truncateTo);
  if (effect.hidden !== true) return withBody(response, brokenOff(part));
  response.headers.delete("content-length");
  return withBody(response, part);
}

/**
 * 429 as GHCR answers it: no Retry-After, the delay as a Go duration within the message.
 *
 * @see https://github.com/chainguard-images/images/issues/173
 */
export function rateLimited(delayMs: number): Response {
  const message = `retry-after: ${goDuration(delayMs)}, allowed: 2000/minute`;
  return Response.json({ errors: [{ code: "TOOMANYREQUESTS", message }] }, { status: 429 });
}

/** As Go prints it: `880.5µs`, `10.5ms`, `1.5s`, `2m3s`, `1h0m1s`. */
function goDuration(delayMs: number): string {
  const short = (value: number): string => String(Number(value.toFixed(6)));
  if (delayMs <= 0) return "0s";
  if (delayMs < 1) return `${short(delayMs * 1000)}µs`;
  if (delayMs < 1000) return `${short(delayMs)}ms`;
  const minutes = Math.floor(delayMs / 60_000);
  const seconds = `${short((delayMs % 60_000) / 1000)}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

function changeHeaders(
  response: Response,
  changes: Readonly<Record<string, string | readonly string[] | null>>,
): Response {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) withHeaderLines(response, { [name.toLowerCase()]: [] });
    else withHeaderLines(response, { [name.toLowerCase()]: typeof value === "string" ? [value] : value });
  }
  return response;
}

function flipped(bytes: Uint8Array): Uint8Array {
  const other = Uint8Array.from(bytes);
  const last = other.at(-1);
  if (last !== undefined) other[other.length - 1] = last ^ 1;
  return other;
}

function brokenOff(part: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent) return controller.error(new TypeError("terminated", { cause: connectionReset().cause }));
      isSent = true;
      controller.enqueue(part);
    },
  });
}

function drip(
  bytes: Uint8Array,
  { dripBytes, everyMs }: { readonly dripBytes: number; readonly everyMs: number },
  clock: Clock,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let sentBytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sentBytes >= bytes.length) return controller.close();
      await clock.sleep(everyMs, { signal: gone.signal });
      controller.enqueue(bytes.subarray(sentBytes, sentBytes + dripBytes));
      sentBytes += dripBytes;
    },
    // A client that stops reading leaves no timer behind.
    cancel: () => gone.abort(),
  });
}
