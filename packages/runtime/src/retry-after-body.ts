import { parseGoDuration } from "./go-duration.ts";

const asked = /\bretry-after:[ \t]{0,8}([0-9.a-z\u00b5\u03bc]{1,60})/i;
const rateLimit = /rate.?limit|too many requests|toomanyrequests/i;
const maxReadBytes = 4096;
// GHCR asks for microseconds; to come back so soon only meets the next refusal.
const minWaitMs = 50;

/**
 * Milliseconds that the text of a refusal asks to wait, at least 50: GHCR writes
 * `retry-after: 10.305464ms, allowed: 2000/minute` into the body of its 429 and sends no header.
 *
 * @see https://github.com/chainguard-images/images/issues/173
 */
export function retryAfterInBody(body: Uint8Array): number | undefined {
  const found = asked.exec(beginning(body))?.[1]?.replace(/\.+$/, "");
  const ms = found === undefined ? undefined : parseGoDuration(found);
  return ms === undefined ? undefined : Math.max(minWaitMs, Math.ceil(ms));
}

/** Whether the text of a refusal speaks of a rate limit: GitHub answers 403 to those it calls secondary. */
export function saysRateLimit(body: Uint8Array | undefined): boolean {
  return body !== undefined && body.byteLength > 0 && rateLimit.test(beginning(body));
}

function beginning(body: Uint8Array): string {
  return new TextDecoder().decode(body.subarray(0, maxReadBytes));
}
