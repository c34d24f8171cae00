import { BayplanError, type CallOptions, type Clock, isBayplanError } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";
import type { Octokit } from "@octokit/core";
import type { z } from "zod";
import { type Doing, githubError, type RefusedAnswer } from "./github-error.ts";
import { createGuardedFetch } from "./guarded-fetch.ts";
import { untilAborted } from "./until-aborted.ts";

/** One call of the API. */
export interface GitHubCall {
  /** Method and path with `{placeholders}`. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly doing: Doing;
  /** Sent as `If-None-Match`. */
  readonly etag?: string | undefined;
}

/** An answer below 400. */
export interface GitHubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** GitHub's REST API with typed errors. */
export interface GitHubClient {
  /** Answers below 400, 304 included; throws what {@link githubError} makes of the rest. */
  call(call: GitHubCall, options: CallOptions): Promise<GitHubAnswer>;
}

/** What {@link createGitHubClient} needs. */
interface GitHubClientOptions {
  readonly token: string;
  readonly tokenName?: string | undefined;
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly throttle: boolean;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let clients = 0;

/** A client whose errors are BayplanErrors without the token, and that logs nothing. Octokit is loaded at the first call. */
export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  const { token, tokenName, clock } = options;
  let loading: Promise<Octokit> | undefined;
  return {
    async call({ route, parameters, doing, etag }, { signal }) {
      const headers = {
        "x-github-api-version": options.apiVersion,
        ...(etag === undefined ? {} : { "if-none-match": etag }),
      };
      const request = { ...(signal === undefined ? {} : { signal }) };
      loading ??= loadOctokit(options);
      const octokit = await untilAborted(loading, request);
      try {
        return await untilAborted(octokit.request(route, { ...parameters, headers, request }), request);
      } catch (error) {
        const answer = answerOf(error);
        if (answer?.status === 304) return answer;
        // The original error holds the request: it must not travel on as a cause.
        throw answer === undefined
          ? passOn(error, doing)
          : githubError(answer, { doing, token, tokenName, now: clock.now() });
      }
    },
  };
}

async function loadOctokit({ token, baseUrl, clock, fetch, throttle }: GitHubClientOptions): Promise<Octokit> {
  const [{ Octokit: Base }, { throttling }] = await Promise.all([
    import("@octokit/core"),
    import("@octokit/plugin-throttling"),
  ]);
  clients += 1;
  return new (Base.plugin(throttling))({
    auth: token,
    baseUrl,
    userAgent: "bayplan-ci-github",
    log: silent,
    request: {
      // Octokit warns on the console about answers that announce their end, which 2022-11-28 does.
      log: silent,
      fetch: createGuardedFetch({ fetch, clock, origin: new URL(baseUrl).origin }),
    },
    // A limit is the caller's to wait out: a plan may have better things to do meanwhile.
    throttle: { enabled: throttle, id: `${clients}`, onRateLimit: () => false, onSecondaryRateLimit: () => false },
  });
}

/** The data of an answer, checked. Throws `RESPONSE_INVALID` naming the fields that are wrong. */
export function parseAnswer<Schema extends z.ZodType>(schema: Schema, data: unknown, doing: Doing): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.join("."),
    found: typeof data === "string" ? "no JSON" : "something else",
    expected: message,
  }));
  const where = problems.slice(0, 3).map(({ path }) => path || "the whole");
  throw new BayplanError(
    "RESPONSE_INVALID",
    `${doing.what} failed: GitHub's answer is not what its API promises (${where.join(", ")}). Check baseUrl and any proxy.`,
    { problems },
  );
}

function answerOf(error: unknown): RefusedAnswer | undefined {
  if (typeof error !== "object" || error === null || !("response" in error)) return undefined;
  return error.response as RefusedAnswer | undefined;
}

function passOn(error: unknown, doing: Doing): BayplanError {
  if (isBayplanError(error)) return error;
  if (error instanceof Error && isBayplanError(error.cause)) return error.cause;
  const name = error instanceof Error ? error.name : "unknown";
  return new BayplanError("UNAVAILABLE", `${doing.what} failed before GitHub answered (${name}). Try again later.`);
}
