import { BayplanError } from "@bayplan/core";
import type { HttpClient, HttpRequest } from "@bayplan/runtime";

/** One request as Octokit makes it. */
interface OctokitRequest {
  readonly method: HttpRequest["method"];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

// What this package reads, and what Octokit and its throttling do.
const headerNames = [
  "content-type",
  "link",
  "retry-after",
  "x-github-sso",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
];
const bodiless = new Set([204, 205, 304]);
// A page of 100 versions has about 100 kB, and as much again per thousand tags.
const maxBytes = 32 * 1024 * 1024;

/**
 * The `fetch` that Octokit is given: the HTTP client with its retries and limits, fenced in to one origin. Redirects of
 * GitHub (a renamed owner) are followed by the client, which takes the token nowhere else.
 */
export function createOctokitFetch(
  http: HttpClient,
  origin: string,
): (url: string, request: OctokitRequest) => Promise<Response> {
  return async (url, request) => {
    if (new URL(url).origin !== origin) {
      const message = "GitHub's answer led to another origin; nothing was sent there. Check apiUrl.";
      throw new BayplanError("RESPONSE_INVALID", message);
    }
    const { authorization, ...headers } = request.headers;
    const answer = await http.request(
      {
        method: request.method,
        url,
        headers,
        maxBytes,
        ...(authorization === undefined ? {} : { authorization }),
        ...(request.body === undefined ? {} : { body: new TextEncoder().encode(request.body) }),
      },
      request.signal === undefined ? {} : { signal: request.signal },
    );
    const shown = new Headers();
    for (const name of headerNames) {
      const value = answer.headers.get(name);
      if (value !== undefined) shown.set(name, value);
    }
    const text = new TextDecoder().decode(answer.body);
    const body = bodiless.has(answer.status) ? null : (answer.redact?.(text) ?? text);
    // A hand-made response has no address, and Octokit reads it.
    return Object.defineProperty(new Response(body, { status: answer.status, headers: shown }), "url", {
      value: answer.url,
    });
  };
}
