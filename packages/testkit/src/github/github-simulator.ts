import { createHash } from "node:crypto";
import type { Clock } from "@bayplan/core";
import { realClock } from "../real-clock.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { findRoute, type SimulatedPermission } from "./actions-routes.ts";
import { GitHubRefusal, gitHubRefusal } from "./github-answer.ts";
import { createGitHubPackages, type SimulatedPackages, type SimulatedPackagesOptions } from "./github-packages.ts";
import { createRateLimiter } from "./rate-limiter.ts";
import type { GitHubAddresses } from "./repository-document.ts";
import { createRunStore } from "./run-store.ts";
import type { SimulatedGitRepository, SimulatedRun } from "./simulated-workflow.ts";

/** How a simulated GitHub behaves. */
export interface GitHubSimulatorOptions {
  /** For queueing, timestamps and limits. Default real time. */
  readonly clock?: Clock;
  /** The only token that is accepted, as `Bearer` or `token`. Default: no authentication is asked for. */
  readonly token?: string;
  /** By `owner/name`. Default none. */
  readonly repositories?: Readonly<Record<string, SimulatedGitRepository>>;
  /** Container packages: the registry at `/v2/` of any host, and their REST API, with tokens of their own. Default none. */
  readonly packages?: SimulatedPackagesOptions;
  /**
   * Default `github.com`: up to 25 inputs; `return_run_details` in API version 2022-11-28; always details, and no such
   * parameter, in 2026-03-10. `ghes-3.19`: 10 inputs, no details, 400 for unknown members and newer API versions.
   */
  readonly server?: "github.com" | "ghes-3.19";
  /** How long after its dispatch a run is missing from listings. It can be read by its id at once. Default 0. */
  readonly runsVisibleAfterMs?: number;
  /** Requests per hour. Default 5000. */
  readonly rateLimit?: number;
}

/** A GitHub without a socket, at `https://api.github.com/` or below `/api/v3/` of any host. */
export interface GitHubSimulator extends SimulatedServer {
  /** What the option `packages` made; without it there are none. */
  readonly packages: SimulatedPackages;
  /** Every run, in the order of dispatch. */
  readonly runs: readonly SimulatedRun[];
  /** Grants or takes away a permission; without it GitHub answers 403 `Resource not accessible by integration`. */
  setPermission(permission: SimulatedPermission, isGranted: boolean): void;
  /** Lets a run of a workflow with `waitsForApproval` start. */
  approve(runId: number): void;
  /** Resolves when every run is over, those included that are started meanwhile. */
  settled(): Promise<void>;
}

/**
 * A strict simulation of GitHub's Actions, releases and packages API, and of its container registry; dispatched
 * workflows execute the code given for them.
 *
 * @see https://docs.github.com/rest/actions/workflows
 * @see https://docs.github.com/rest/packages/packages
 */
export function createGitHubSimulator(options: GitHubSimulatorOptions): GitHubSimulator {
  const clock = options.clock ?? realClock;
  const isEnterprise = options.server === "ghes-3.19";
  const versions = isEnterprise ? ["2022-11-28"] : ["2022-11-28", "2026-03-10"];
  const store = createRunStore(clock);
  const limiter = createRateLimiter(options.rateLimit ?? 5000, clock);
  const refused = new Set<SimulatedPermission>();
  const packages = createGitHubPackages(options.packages ?? { owners: {}, tokens: {} }, clock);

  async function route(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (options.packages !== undefined) {
      const answered = packages.answerRest(request, { url, ...addressesOf(url) });
      if (answered !== undefined) {
        limiter.check();
        return await answered;
      }
    }
    checkToken(request, options.token);
    limiter.check();
    const apiVersion = request.headers.get("x-github-api-version") ?? "2022-11-28";
    if (!versions.includes(apiVersion)) throw gitHubRefusal(400, `Unsupported API version: ${apiVersion}.`);
    const { at, path } = addressesOf(url);
    const [, name = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? [];
    const [fullName, gitRepository] =
      Object.entries(options.repositories ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase()) ?? [];
    if (fullName === undefined || gitRepository === undefined || gitRepository.invisible === true) {
      throw gitHubRefusal(404, "Not Found");
    }
    const found = findRoute(request.method, rest);
    if (found === undefined) throw gitHubRefusal(404, "Not Found");
    if (refused.has(found.permission)) throw gitHubRefusal(403, "Resource not accessible by integration");
    const runsVisibleAfterMs = options.runsVisibleAfterMs ?? 0;
    const call = {
      request,
      url,
      at,
      fullName,
      gitRepository,
      store,
      clock,
      apiVersion,
      isEnterprise,
      runsVisibleAfterMs,
    };
    return found.answer(call);
  }

  const server = createSimulatedServer(async (request, identify) => {
    const { pathname } = new URL(request.url);
    const isRegistry = pathname.startsWith("/v2/") || pathname === "/token";
    if (isRegistry && options.packages !== undefined) return await packages.registry.answer(request, identify);
    const response = await route(request).catch((error: unknown) => {
      if (error instanceof GitHubRefusal) return error.response;
      throw error;
    });
    const isSunset = !isEnterprise && (request.headers.get("x-github-api-version") ?? "2022-11-28") === "2022-11-28";
    return finish(request, response, { limiter, isSunset });
  }, clock);

  return {
    ...server,
    packages: packages.packages,
    runs: store.runs,
    approve: (runId) => store.approve(runId),
    settled: () => store.settled(),
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

function addressesOf(url: URL): { readonly at: GitHubAddresses; readonly path: string } {
  const prefix = url.pathname.startsWith("/api/v3/") ? "/api/v3" : "";
  const site = url.host === "api.github.com" ? "https://github.com" : url.origin;
  return { at: { api: `${url.origin}${prefix}`, site }, path: url.pathname.slice(prefix.length) };
}

async function finish(
  request: Request,
  response: Response,
  { limiter, isSunset }: { readonly limiter: ReturnType<typeof createRateLimiter>; readonly isSunset: boolean },
): Promise<Response> {
  const headers = new Headers(response.headers);
  const body = response.body === null ? null : await response.text();
  let { status } = response;
  if (request.method === "GET" && status === 200) {
    headers.set(
      "etag",
      `W/"${createHash("sha256")
        .update(body ?? "")
        .digest("hex")}"`,
    );
    if (request.headers.get("if-none-match") === headers.get("etag")) status = 304;
  }
  // A conditional request that finds nothing new does not count against the limit.
  if (status !== 304 && status !== 401) limiter.count();
  for (const [name, value] of Object.entries(limiter.headers())) headers.set(name, value);
  headers.set("x-github-request-id", "0000:SIMULATED");
  if (isSunset) {
    headers.set("deprecation", "Tue, 10 Mar 2026 00:00:00 GMT");
    headers.set("sunset", "Fri, 10 Mar 2028 00:00:00 GMT");
  }
  if (status === 304) headers.delete("content-length");
  return new Response(status === 304 ? null : body, { status, headers });
}
