import { jsonResponse, Refusal } from "../registry/refusal.ts";

/** How much a simulated Docker Hub allows. */
export interface DockerHubLimitOptions {
  /** Pulls (GET of a manifest) in six hours, by account or address. */
  readonly pulls: number;
  /** Requests to the registry in a minute, HEAD included, by account or address. */
  readonly registryRequests: number;
  /** Requests to the Hub API in a minute. */
  readonly apiRequests: number;
  /** Whether refusals for too many requests are plain text. */
  readonly isPlainText: boolean;
  readonly nowMs: () => number;
}

/** Counts what is limited; throws the refusal where there is too much. */
export interface DockerHubLimits {
  countRequest(source: string): void;
  /** Before a pull. */
  checkPull(source: string): void;
  countPull(source: string): void;
  /** What manifests are answered with. */
  pullHeaders(source: string): Readonly<Record<string, string>>;
  /** Counts a request to the Hub API, and gives the headers of its answer. */
  countApi(source: string): Readonly<Record<string, string>>;
  pullsOf(source: string): number;
}

const pullWindowMs = 21_600_000;
const minuteMs = 60_000;

/** 429 as the front of Docker Hub writes it, or as the registry does. */
export function tooManyRequests(message: string, isPlainText: boolean): Refusal {
  if (!isPlainText) return new Refusal(jsonResponse(429, { errors: [{ code: "TOOMANYREQUESTS", message }] }));
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return new Refusal(new Response("Too Many Requests (HAP429).\n", { status: 429, headers }));
}

/** Counters in fixed windows, each beginning with its first request. */
export function createDockerHubLimits(options: DockerHubLimitOptions): DockerHubLimits {
  const { nowMs } = options;
  const pulls = createCounter(pullWindowMs, nowMs);
  const registry = createCounter(minuteMs, nowMs);
  const api = createCounter(minuteMs, nowMs);

  function pullHeaders(source: string): Readonly<Record<string, string>> {
    const remaining = Math.max(0, options.pulls - pulls.count(source));
    return {
      "ratelimit-limit": `${options.pulls};w=21600`,
      "ratelimit-remaining": `${remaining};w=21600`,
      "docker-ratelimit-source": source,
    };
  }

  return {
    pullHeaders,
    pullsOf: (source) => pulls.count(source),
    countRequest(source) {
      if (registry.add(source) > options.registryRequests)
        throw tooManyRequests("too many requests", options.isPlainText);
    },
    checkPull(source) {
      if (pulls.count(source) < options.pulls) return;
      const message =
        "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading";
      const headers = pullHeaders(source);
      throw new Refusal(jsonResponse(429, { errors: [{ code: "TOOMANYREQUESTS", message }] }, headers));
    },
    countPull: (source) => void pulls.add(source),
    countApi(source) {
      const count = api.add(source);
      const resetSeconds = Math.ceil(api.endMs(source) / 1000);
      if (count > options.apiRequests) {
        const headers = { "x-retry-after": String(resetSeconds) };
        throw new Refusal(jsonResponse(429, { detail: "Rate limit exceeded", error: false }, headers));
      }
      return {
        "x-ratelimit-limit": String(options.apiRequests),
        "x-ratelimit-remaining": String(options.apiRequests - count),
        "x-ratelimit-reset": String(resetSeconds),
      };
    },
  };
}

function createCounter(windowMs: number, nowMs: () => number) {
  const windows = new Map<string, { startMs: number; count: number }>();
  const current = (key: string): { startMs: number; count: number } => {
    const known = windows.get(key);
    if (known !== undefined && nowMs() - known.startMs < windowMs) return known;
    const made = { startMs: nowMs(), count: 0 };
    windows.set(key, made);
    return made;
  };
  return {
    count: (key: string): number => current(key).count,
    add: (key: string): number => ++current(key).count,
    endMs: (key: string): number => current(key).startMs + windowMs,
  };
}
