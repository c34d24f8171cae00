import { createHash } from "node:crypto";
import { type Clock, instantToMs } from "@bayplan/core";
import { type RateLimiter, requestId } from "./rate-limiter.ts";

interface FinishOptions {
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly isEnterprise: boolean;
}

/** Adds what every answer has: an entity tag, 304 where nothing has changed, what is left, and how long the version lives. */
export async function finishAnswer(
  request: Request,
  response: Response,
  { limiter, clock, isEnterprise }: FinishOptions,
): Promise<Response> {
  const headers = new Headers(response.headers);
  const body = response.body === null ? null : await response.text();
  const version = request.headers.get("x-github-api-version") ?? "2022-11-28";
  let { status } = response;
  if (request.method === "GET" && status === 200) {
    const tag = `W/"${createHash("sha256")
      .update(body ?? "")
      .digest("hex")}"`;
    headers.set("etag", tag);
    headers.set("cache-control", "private, max-age=60, s-maxage=60");
    if (isNamed(tag, request.headers.get("if-none-match"))) status = 304;
  }
  const isAboutLimits = new URL(request.url).pathname.endsWith("/rate_limit");
  // A conditional request that finds nothing new does not count against the limit.
  if (status !== 304 && status !== 401 && !isAboutLimits) limiter.count();
  for (const [name, value] of Object.entries(limiter.headers())) if (!headers.has(name)) headers.set(name, value);
  headers.set("x-github-request-id", requestId);
  headers.set("date", new Date(instantToMs(clock.now())).toUTCString());
  if (!isEnterprise && status !== 400) headers.set("x-github-api-version-selected", version);
  if (!isEnterprise && version === "2022-11-28") {
    headers.set("deprecation", "Tue, 10 Mar 2026 00:00:00 GMT");
    headers.set("sunset", "Fri, 10 Mar 2028 00:00:00 GMT");
  }
  if (status === 304) {
    headers.delete("content-length");
    headers.delete("content-type");
  }
  return new Response(status === 304 ? null : body, { status, headers });
}

// Entity tags of conditional requests are compared weakly: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
function isNamed(tag: string, given: string | null): boolean {
  const plain = (text: string): string => text.trim().replace(/^W\//, "");
  return (given?.split(",") ?? []).some((one) => one.trim() === "*" || plain(one) === plain(tag));
}
