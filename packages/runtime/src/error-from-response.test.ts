import { expect, it } from "vitest";
import { errorFromResponse } from "./error-from-response.ts";
import { headersFromRecord } from "./http-headers.ts";

it.each([
  [401, {}, "", "UNAUTHORIZED"],
  [403, {}, "denied", "DENIED"],
  [403, { "retry-after": "1" }, "", "RATE_LIMITED"],
  [403, { "x-ratelimit-remaining": "0" }, "", "RATE_LIMITED"],
  [403, {}, "You have exceeded a secondary rate limit", "RATE_LIMITED"],
  [404, {}, "", "NOT_FOUND"],
  [409, {}, "", "CONFLICT"],
  [429, {}, "", "RATE_LIMITED"],
  [408, {}, "", "UNAVAILABLE"],
  [500, {}, "", "UNAVAILABLE"],
  [418, {}, "", "RESPONSE_INVALID"],
  [200, {}, "", "RESPONSE_INVALID"],
] as const)("%i with %j and %j is %s", (status, headers, body, code) => {
  const error = errorFromResponse({ status, headers: headersFromRecord(headers), body: Buffer.from(body) }, "Testing");
  expect([error.code, error.status]).toEqual([code, status]);
});

it("quotes little and no secret of the body, and carries the wait", () => {
  const body = Buffer.from(`bad token=s3cret ${"x".repeat(5000)}`);
  const error = errorFromResponse({ status: 429, headers: headersFromRecord({}), body, retryAfterMs: 5 }, "Testing");
  expect(error.message).not.toContain("s3cret");
  expect(error.message.length).toBeLessThan(300);
  expect(error.retryAfterMs).toBe(5);
});

it("quotes nothing of an answer that is no refusal: it was not meant to be read", () => {
  const body = Buffer.from("something else");
  const error = errorFromResponse({ status: 200, headers: headersFromRecord({}), body }, "Testing");
  expect(error.message).not.toContain("something else");
});
