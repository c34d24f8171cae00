import { BayplanError } from "@bayplan/core";
import { onwardRefusal } from "./onward-refusal.ts";
import { redactUrl } from "./redact.ts";

/** What changes from hop to hop while redirects are followed. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization?: string | undefined;
  readonly hasBody: boolean;
  /** The body may not leave its origin. */
  readonly secretBody: boolean;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
// Everything else may be a credential that a server invented (`private-token`, `x-api-key`, `cookie`).
const harmlessHeaders = new Set(["accept", "accept-encoding", "range", "content-type", "content-length", "user-agent"]);

/** Whether the status says "look there instead". */
export function isRedirect(status: number): boolean {
  return redirectStatuses.has(status);
}

/**
 * The next request of a redirect. Credentials and unknown headers stay behind when scheme, host or port change;
 * 303 becomes GET, and so does a POST answered by 301 or 302.
 *
 * @throws BayplanError `RESPONSE_INVALID` for a missing or unusable target, one with credentials in it, a step from
 * https down to http, from elsewhere to this computer or to a
 * link-local address, or with a secret body to another origin.
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch
 */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop {
  const url = location !== undefined && URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : undefined;
  if (url === undefined) refuse(hop.url, "its target is missing or not a web address");
  const refusal = onwardRefusal(hop.url, url);
  if (refusal !== undefined) refuse(hop.url, refusal);
  url.hash = "";
  const becomesGet =
    (status === 303 && hop.method !== "HEAD") || ((status === 301 || status === 302) && hop.method === "POST");
  const sameOrigin = url.origin === hop.url.origin;
  const hasBody = hop.hasBody && !becomesGet;
  if (hop.secretBody && hasBody && !sameOrigin) refuse(hop.url, "it would take a secret to another server");
  const headers = Object.entries(hop.headers).filter(
    ([name]) => (sameOrigin || harmlessHeaders.has(name)) && !(becomesGet && name.startsWith("content-")),
  );
  return {
    method: becomesGet ? "GET" : hop.method,
    url,
    headers: Object.fromEntries(headers),
    hasBody,
    secretBody: hop.secretBody,
    authorization: sameOrigin ? hop.authorization : undefined,
  };
}

function refuse(from: URL, why: string): never {
  throw new BayplanError(
    "RESPONSE_INVALID",
    `The redirect from ${redactUrl(from)} was not followed: ${why}. Ask the server's operator.`,
  );
}
