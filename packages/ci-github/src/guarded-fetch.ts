import { BayplanError, type Clock, isBayplanError, throwIfCancelled } from "@bayplan/core";
import { type FetchLike, parseRetryAfter } from "@bayplan/runtime";
import { type ExchangeRequest, exchange } from "./exchange.ts";

/** What {@link createGuardedFetch} needs. */
interface GuardedFetchOptions {
  readonly fetch: FetchLike;
  readonly clock: Clock;
  /** Nothing is ever sent elsewhere. */
  readonly origin: string;
}

const maxRetries = 3;
const maxRetryWaitMs = 30_000;
const maxRedirects = 5;

/**
 * The `fetch` that Octokit is given: the one retry layer, and the fence that keeps the token on its origin.
 *
 * A GET that failed on the network or by 5xx is repeated up to three times, after 1, 2 and 4 seconds or what the
 * server asks for up to 30 seconds. Nothing else is repeated: a dispatch whose answer was lost may have worked.
 */
export function createGuardedFetch(
  options: GuardedFetchOptions,
): (url: string, request: ExchangeRequest) => Promise<Response> {
  return async (url, request) => {
    const retries = request.method === "GET" ? maxRetries : 0;
    for (let retry = 0; ; retry++) {
      const outcome = await attempt(options, url, request);
      const isPassing = isBayplanError(outcome) ? outcome.code === "UNAVAILABLE" : outcome.status >= 500;
      const askedMs = isBayplanError(outcome)
        ? undefined
        : parseRetryAfter(outcome.headers.get("retry-after") ?? undefined, options.clock.now());
      const waitMs = Math.max(askedMs ?? 0, 1000 * 2 ** retry);
      if (!isPassing || retry >= retries || waitMs > maxRetryWaitMs) {
        if (isBayplanError(outcome)) throw outcome;
        return outcome;
      }
      await options.clock.sleep(waitMs, request.signal === undefined ? {} : { signal: request.signal });
    }
  };
}

async function attempt(
  options: GuardedFetchOptions,
  url: string,
  request: ExchangeRequest,
): Promise<Response | BayplanError> {
  try {
    return await follow(options, new URL(url), request);
  } catch (error) {
    throwIfCancelled(request.signal);
    if (isBayplanError(error)) return error;
    return new BayplanError(
      "UNAVAILABLE",
      `GitHub at ${new URL(url).host} could not be reached or broke off (${causeOf(error)}). Check the network, try again later.`,
    );
  }
}

// A renamed repository answers 301 to a GET and 307 to a POST, on the same origin.
async function follow(options: GuardedFetchOptions, start: URL, request: ExchangeRequest): Promise<Response> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    if (url.origin !== options.origin) throw leadsAway();
    const response = await exchange(options.fetch, url, request);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || response.status === 304) return response;
    const keepsMethod = request.method === "GET" || response.status === 307 || response.status === 308;
    if (location === null || !keepsMethod || !URL.canParse(location, url.href)) break;
    url = new URL(location, url);
  }
  throw new BayplanError("RESPONSE_INVALID", "GitHub answered with a redirect that cannot be followed. Check baseUrl.");
}

function leadsAway(): BayplanError {
  const message = "GitHub's answer led to another origin; the token was not sent there. Check baseUrl.";
  return new BayplanError("RESPONSE_INVALID", message);
}

// Only codes and names of errors: a message could quote a header.
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return "unknown reason";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
