import { type Clock, instantToMs } from "@bayplan/core";
import { realClock } from "../real-clock.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { findRoute, type SimulatedPermission } from "./actions-routes.ts";
import { finishAnswer } from "./finish-answer.ts";
import { GitHubRefusal, gitHubJson, gitHubRefusal } from "./github-answer.ts";
import { createGitHubPackages, type SimulatedPackages, type SimulatedPackagesOptions } from "./github-packages.ts";
import { createRateLimiter, type SimulatedTokenKind } from "./rate-limiter.ts";
import type { GitHubAddresses } from "./repository-document.ts";
import { createRunStore } from "./run-store.ts";
import { createSecondaryLimiter, type SimulatedSecondaryLimits } from "./secondary-limiter.ts";
import type { SimulatedGitRepository, SimulatedRun, SimulatedTrigger } from "./simulated-workflow.ts";

/** How a simulated GitHub behaves. */
export interface GitHubSimulatorOptions {
  /** For queueing, timestamps and limits. Default real time. */
  readonly clock?: Clock;
  /** The only token that is accepted, as `Bearer` or `token`. Default: no authentication is asked for. */
  readonly token?: string;
  /** Whose token it is; refusals name it. Default `workflow`: the `GITHUB_TOKEN` of a job. */
  readonly tokenKind?: SimulatedTokenKind;
  /** By `owner/name`. Default none. */
  readonly repositories?: Readonly<Record<string, SimulatedGitRepository>>;
  /** Container packages: the registry at `/v2/` of any host, and their REST API, with tokens of their own. Default none. */
  readonly packages?: SimulatedPackagesOptions;
  /**
   * Default `github.com`: up to 25 inputs; `return_run_details` in API version 2022-11-28; always details, and no such
   * parameter, in 2026-03-10. `ghes-3.19`: 10 inputs, no details, no concurrency groups, 400 for unknown members and
   * newer API versions.
   */
  readonly server?: "github.com" | "ghes-3.19";
  /** How long after its dispatch a run is missing from listings. Default 0. */
  readonly runsVisibleAfterMs?: number | ((run: SimulatedRun) => number);
  /** How long after its dispatch a run cannot be read by its id, although the dispatch named it. Default 0. */
  readonly runsReadableAfterMs?: number | ((run: SimulatedRun) => number);
  /** Requests per hour. Default 5000. */
  readonly rateLimit?: number;
  /** Limits of what comes at once and within a minute; `false` switches them off. Default as GitHub documents them. */
  readonly secondaryLimits?: SimulatedSecondaryLimits | false;
}

/** A rate limit that requests run into, whatever is left. */
export interface SimulatedRateLimit {
  /** Default `secondary`. */
  readonly kind?: "primary" | "secondary";
  /** How many requests. Default 1. */
  readonly times?: number;
  /** GitHub uses both. Default 403. */
  readonly status?: 403 | 429;
  /** Of a secondary limit, in seconds; `null` where GitHub does not say. Default 60. */
  readonly retryAfterS?: number | null;
}

/** A run that a person, a push or a schedule starts. */
export interface SimulatedStart extends Partial<SimulatedTrigger> {
  /** `owner/name`. */
  readonly gitRepository: string;
  /** File name of the workflow. */
  readonly workflow: string;
}

/** A GitHub without a socket, at `https://api.github.com/` or below `/api/v3/` of any host. */
export interface GitHubSimulator extends SimulatedServer {
  /** What the option `packages` made; without it there are none. */
  readonly packages: SimulatedPackages;
  /** Every run, in the order of dispatch, deleted ones included. */
  readonly runs: readonly SimulatedRun[];
  /**
   * Grants or takes away a permission. Without it GitHub answers 403: to the token of a workflow `Resource not
   * accessible by integration`.
   */
  setPermission(permission: SimulatedPermission, isGranted: boolean): void;
  /** Lets the waiting jobs of a run start, and those of its present attempt that would wait later. */
  approve(runId: number): void;
  /** Starts a run without a request. Default event `workflow_dispatch`, on the default branch. Throws for an unknown workflow. */
  start(run: SimulatedStart): SimulatedRun;
  /** Answers the next requests to the REST API with a rate limit. */
  limit(limit?: SimulatedRateLimit): void;
  /** Resolves when every run is over, those included that are started meanwhile. */
  settled(): Promise<void>;
}

/**
 * A strict simulation of GitHub's Actions, releases and packages API, and of its container registry; dispatched
 * workflows execute the code given for them. What it answers to the Actions API has the shape of GitHub's OpenAPI
 * description; texts of refusals are GitHub's where they are known.
 *
 * @see https://docs.github.com/rest/actions/workflows
 * @see https://docs.github.com/rest/packages/packages
 */
export function createGitHubSimulator(options: GitHubSimulatorOptions): GitHubSimulator {
  const { clock = realClock, tokenKind = "workflow", repositories = {} } = options;
  const isEnterprise = options.server === "ghes-3.19";
  const versions = isEnterprise ? ["2022-11-28"] : ["2022-11-28", "2026-03-10"];
  const store = createRunStore(clock);
  const limiter = createRateLimiter(options.rateLimit ?? 5000, clock, tokenKind);
  const secondary = createSecondaryLimiter(options.secondaryLimits || {}, clock);
  const refused = new Set<SimulatedPermission>();
  const switched = new Map<string, "active" | "disabled_manually">();
  const forced: (SimulatedRateLimit & { left: number })[] = [];
  const packages = createGitHubPackages(options.packages ?? { owners: {}, tokens: {} }, clock);

  const isAfter = (run: SimulatedRun, lag: number | ((run: SimulatedRun) => number) = 0): boolean =>
    store.startedMs(run.id) + (typeof lag === "number" ? lag : lag(run)) <= instantToMs(clock.now());

  function checkLimits(): void {
    const [next] = forced;
    if (next !== undefined) {
      next.left--;
      if (next.left <= 0) forced.shift();
      throw next.kind === "primary" ? limiter.refusal(next.status) : secondary.refusal(next);
    }
    limiter.check();
  }

  async function route(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { at, path } = addressesOf(url);
    if (options.packages !== undefined) {
      const answered = packages.answerRest(request, { url, path, at });
      if (answered !== undefined) {
        checkLimits();
        return await answered;
      }
    }
    checkToken(request, options.token);
    const apiVersion = request.headers.get("x-github-api-version") ?? "2022-11-28";
    if (path === "/rate_limit" && request.method === "GET") return rateLimit(apiVersion);
    checkLimits();
    if (!versions.includes(apiVersion)) throw gitHubRefusal(400, `Unsupported API version: ${apiVersion}.`);
    const [, name = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? [];
    const [fullName, gitRepository] =
      Object.entries(repositories).find(([key]) => key.toLowerCase() === name.toLowerCase()) ?? [];
    const found = findRoute(request.method, rest, isEnterprise);
    if (fullName === undefined || gitRepository === undefined || gitRepository.invisible === true) {
      throw found === undefined ? gitHubRefusal(404, "Not Found") : documented(404, "Not Found", found.docs);
    }
    if (found === undefined) throw gitHubRefusal(404, "Not Found");
    if (gitRepository.requiresSso === true) throw ssoRefusal(fullName, at);
    if (refused.has(found.permission)) throw denied(found, tokenKind);
    const isListed = (run: SimulatedRun): boolean => isAfter(run, options.runsVisibleAfterMs);
    const isReadable = (run: SimulatedRun): boolean => isAfter(run, options.runsReadableAfterMs);
    const seen = { store, clock, isListed, isReadable, switched };
    try {
      const answer = await found.answer({
        ...seen,
        request,
        url,
        at,
        fullName,
        gitRepository,
        apiVersion,
        isEnterprise,
      });
      if (tokenKind !== "classic") answer.headers.set("x-accepted-github-permissions", accepted(found.permission));
      return answer;
    } catch (error) {
      if (error instanceof GitHubRefusal) return error.answer(found.docs);
      throw error;
    }
  }

  function rateLimit(apiVersion: string): Response {
    const core = limiter.state();
    const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
    // `rate` is gone in the newer version.
    const rate = apiVersion >= "2026-03-10" ? {} : { rate: core };
    return gitHubJson(200, { resources: { core, search }, ...rate });
  }

  const server = createSimulatedServer(async (request, identify) => {
    const { pathname } = new URL(request.url);
    const isRegistry = pathname.startsWith("/v2/") || pathname === "/token";
    if (isRegistry && options.packages !== undefined) return await packages.registry.answer(request, identify);
    let leave = (): void => {};
    try {
      if (options.secondaryLimits !== false) leave = secondary.enter(request);
      const response = await route(request);
      return await finishAnswer(request, response, { limiter, clock, isEnterprise });
    } catch (error) {
      if (!(error instanceof GitHubRefusal)) throw error;
      return await finishAnswer(request, error.answer(), { limiter, clock, isEnterprise });
    } finally {
      leave();
    }
  }, clock);

  return {
    ...server,
    packages: packages.packages,
    runs: store.runs,
    approve: (runId) => store.approve(runId),
    settled: () => store.settled(),
    limit: (limit = {}) => void forced.push({ ...limit, left: limit.times ?? 1 }),
    start({ gitRepository, workflow: file, event = "workflow_dispatch", ref, inputs = {}, payload = {} }) {
      const owner = repositories[gitRepository];
      const workflow = owner?.workflows[file];
      if (workflow === undefined) throw new TypeError(`There is no workflow ${file} in ${gitRepository}.`);
      const branch = ref ?? owner?.refs?.[0] ?? "main";
      return store.start({ gitRepository, file, workflow, event, ref: branch, inputs, payload });
    },
    setPermission(permission, isGranted) {
      if (isGranted) refused.delete(permission);
      else refused.add(permission);
    },
  };
}

function checkToken(request: Request, token: string | undefined): void {
  if (token === undefined) return;
  const given = request.headers.get("authorization");
  if (given === null) throw gitHubRefusal(401, "Requires authentication");
  if (/^(?:bearer|token) (.+)$/i.exec(given)?.[1] !== token) throw gitHubRefusal(401, "Bad credentials");
}

function denied(
  { docs, permission }: { readonly docs: string; readonly permission: SimulatedPermission },
  kind: SimulatedTokenKind,
): GitHubRefusal {
  if (kind === "classic") return documented(403, "Must have admin rights to Repository.", docs);
  const by = kind === "workflow" ? "integration" : "personal access token";
  return documented(403, `Resource not accessible by ${by}`, docs, {
    "x-accepted-github-permissions": accepted(permission),
  });
}

function ssoRefusal(fullName: string, { site }: GitHubAddresses): GitHubRefusal {
  const [owner = ""] = fullName.split("/");
  const message =
    "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";
  const header = `required; url=${site}/orgs/${owner}/sso?authorization_request=SIMULATED`;
  return documented(403, message, "articles/authenticating-to-a-github-organization-with-saml-single-sign-on", {
    "x-github-sso": header,
  });
}

function documented(
  status: number,
  message: string,
  docs: string,
  headers: Readonly<Record<string, string>> = {},
): GitHubRefusal {
  return gitHubRefusal(status, message, { headers, documentationUrl: `https://docs.github.com/rest/${docs}` });
}

/** As the header says it, for example `actions=write`. */
function accepted(permission: SimulatedPermission): string {
  return permission.replace(":", "=");
}

function addressesOf(url: URL): { readonly at: GitHubAddresses; readonly path: string } {
  const prefix = url.pathname.startsWith("/api/v3/") ? "/api/v3" : "";
  const site = url.host === "api.github.com" ? "https://github.com" : url.origin;
  return { at: { api: `${url.origin}${prefix}`, site }, path: url.pathname.slice(prefix.length) };
}
