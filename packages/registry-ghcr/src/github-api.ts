import { BayplanError, type CallOptions, type Clock, isBayplanError } from "@bayplan/core";
import { type HttpClient, untilCancelled } from "@bayplan/runtime";
import type { Octokit } from "@octokit/core";
import type { z } from "zod";
import { type Doing, githubRefusal, type RefusedAnswer } from "./github-refusal.ts";
import { createOctokitFetch } from "./octokit-fetch.ts";

/** One call of GitHub's REST API. */
interface GitHubCall {
  /** Method and path with `{placeholders}`. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly doing: Doing;
}

/** GitHub's REST API with typed errors. */
export interface GitHubApi {
  /** The data of an answer below 400, checked; throws what {@link githubRefusal} makes of the rest. */
  call<Schema extends z.ZodType>(
    call: GitHubCall & { readonly schema: Schema },
    options: CallOptions,
  ): Promise<z.infer<Schema>>;
  /** A listing page by page, 100 rows each, to its end or an error. */
  pages<Schema extends z.ZodType>(
    call: GitHubCall & { readonly schema: Schema },
    options: CallOptions,
  ): AsyncGenerator<z.infer<Schema>>;
  /** A call whose answer has no content. */
  send(call: GitHubCall, options: CallOptions): Promise<void>;
}

/** What {@link createGitHubApi} needs. */
interface GitHubApiOptions {
  readonly http: HttpClient;
  readonly token: string;
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly clock: Clock;
  /** At most one write per second. */
  readonly throttle: boolean;
}

interface Answer {
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const maxPages = 10_000;
let clients = 0;

/** Octokit, loaded at the first call, over the HTTP client: the one retry layer, and the same limits as everywhere. */
export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { clock, baseUrl } = options;
  let loading: Promise<Octokit> | undefined;

  async function load(): Promise<Octokit> {
    const [{ Octokit: Base }, { throttling }] = await Promise.all([
      import("@octokit/core"),
      import("@octokit/plugin-throttling"),
    ]);
    clients += 1;
    return new (Base.plugin(throttling))({
      auth: options.token,
      baseUrl,
      userAgent: "bayplan-registry-ghcr",
      log: silent,
      request: { log: silent, fetch: createOctokitFetch(options.http, new URL(baseUrl).origin) },
      throttle: {
        enabled: options.throttle,
        id: `ghcr-${clients}`,
        // Below it is waited already, for as long as anybody should wait.
        onRateLimit: () => false,
        onSecondaryRateLimit: () => false,
      },
    });
  }

  async function perform({ route, parameters, doing }: GitHubCall, call: CallOptions): Promise<Answer> {
    loading ??= load();
    const octokit = await untilCancelled(loading, call);
    const headers = { "x-github-api-version": options.apiVersion };
    const request = { ...call };
    try {
      return await untilCancelled(octokit.request(route, { ...parameters, headers, request }), call);
    } catch (error) {
      const answer = answerOf(error);
      // The original error holds the request: it must not travel on as a cause.
      throw answer === undefined ? passOn(error, doing) : githubRefusal(answer, doing, clock.now());
    }
  }

  return {
    call: async (call, own) => parse(call, (await perform(call, own)).data),
    send: async (call, own) => void (await perform(call, own)),
    async *pages(call, own) {
      const parameters = { ...call.parameters, per_page: 100 };
      const visited = new Set<string>();
      let next: string | undefined;
      do {
        // Octokit's own iterator passes no signal on, and takes a 409 for the end.
        const page = next === undefined ? { ...call, parameters } : { ...call, route: `GET ${next}`, parameters: {} };
        const { data, headers } = await perform(page, own);
        yield parse(call, data);
        next = /<([^<>]+)>;\s*rel="?next\b/i.exec(String(headers["link"] ?? ""))?.[1];
        if (next !== undefined && (visited.has(next) || visited.size >= maxPages)) throw circle(call.doing);
        if (next !== undefined) visited.add(next);
      } while (next !== undefined);
    },
  };
}

function parse<Schema extends z.ZodType>(
  { schema, doing }: { readonly schema: Schema; readonly doing: Doing },
  data: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.join("."),
    found: typeof data === "string" ? "no JSON" : "something else",
    expected: message,
  }));
  const where = problems.slice(0, 3).map(({ path }) => path || "the whole");
  throw new BayplanError(
    "RESPONSE_INVALID",
    `${doing.what} failed: GitHub's answer is not what its API promises (${where.join(", ")}). Check apiUrl and any proxy.`,
    { problems },
  );
}

function circle({ what }: Doing): BayplanError {
  return new BayplanError("RESPONSE_INVALID", `${what} failed: the pages do not end. Check apiUrl and any proxy.`);
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
