import { BayplanError, type BayplanErrorCode } from "@bayplan/core";
import type { HttpHeaders } from "./http-headers.ts";
import { redactText } from "./redact.ts";
import { saysRateLimit } from "./retry-after-body.ts";

/** The part of a response that says what went wrong. */
export interface FailedResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body?: Uint8Array;
  /** What the server asked to wait; the HTTP client fills it in. */
  readonly retryAfterMs?: number;
  /** Takes out of the body's text what was secret in the request; the HTTP client fills it in. */
  readonly redact?: (text: string) => string;
}

const maxQuotedBytes = 4096;
const advice: Partial<Record<BayplanErrorCode, string>> = {
  UNAUTHORIZED: "Check the credentials.",
  DENIED: "These credentials are known but may not do this.",
  RATE_LIMITED: "Try again later.",
  UNAVAILABLE: "Try again later.",
};

/**
 * The error that a response means: 401 `UNAUTHORIZED`; 403 `DENIED`, or `RATE_LIMITED` when it is a rate limit in
 * disguise; 404 `NOT_FOUND`; 409 `CONFLICT`; 429 `RATE_LIMITED`; 408, 499 and 5xx `UNAVAILABLE`; everything else
 * `RESPONSE_INVALID`. The sentence quotes at most 200 characters of the body of a refusal, without what was secret in the
 * request or looks like a secret.
 *
 * @param doing - What was tried, as the beginning of a sentence: `Listing the tags of ghcr.io/a/b`.
 */
export function errorFromResponse(response: FailedResponse, doing: string): BayplanError {
  const said = response.status < 400 ? "" : quoteOf(response);
  const code = codeOf(response);
  const quote = said === "" ? "" : ` (${said})`;
  const message = `${doing} failed: the server answered ${response.status}${quote}. ${advice[code] ?? ""}`.trimEnd();
  return new BayplanError(code, message, {
    status: response.status,
    ...(response.retryAfterMs === undefined ? {} : { retryAfterMs: response.retryAfterMs }),
  });
}

function quoteOf({ body = new Uint8Array(), redact }: FailedResponse): string {
  const text = new TextDecoder().decode(body.subarray(0, maxQuotedBytes));
  return redactText(redact === undefined ? text : redact(text));
}

function codeOf(response: FailedResponse): BayplanErrorCode {
  const { status } = response;
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return isRateLimit(response) ? "RATE_LIMITED" : "DENIED";
  if (status === 404) return "NOT_FOUND";
  if (status === 409) return "CONFLICT";
  if (status === 429) return "RATE_LIMITED";
  return status === 408 || status === 499 || status >= 500 ? "UNAVAILABLE" : "RESPONSE_INVALID";
}

// GitHub answers 403 for its secondary limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
function isRateLimit(response: FailedResponse): boolean {
  if (response.retryAfterMs !== undefined || response.headers.get("retry-after") !== undefined) return true;
  return response.headers.get("x-ratelimit-remaining") === "0" || saysRateLimit(response.body);
}
