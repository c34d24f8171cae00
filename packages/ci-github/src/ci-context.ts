import { BayplanError, type Clock } from "@bayplan/core";
import { type FetchLike, isLoopbackHost, systemClock } from "@bayplan/runtime";
import { parseGitRepository } from "./git-repository.ts";
import { createGitHubClient, type GitHubClient } from "./github-client.ts";

/** How `createGitHubCi` reaches GitHub. */
export interface GitHubCiOptions {
  /** `owner/name` of the Git repository for requests that name none. */
  readonly repository: string;
  /** A token that may read and write Actions; in a workflow `GITHUB_TOKEN` with `permissions: actions: write`. */
  readonly token: string;
  /** What the token is called where it is kept, for error messages: for example `DISPATCH_TOKEN`. Default `the token`. */
  readonly tokenName?: string;
  /** The REST API. Default `https://api.github.com`; on GitHub Enterprise Server `https://<host>/api/v3`. */
  readonly baseUrl?: string;
  /** Default the global `fetch`, looked up at each request. */
  readonly fetch?: FetchLike;
  /** Default the computer's clock. */
  readonly clock?: Clock;
  /** The workflow input that carries `<key>.<attempt>`; the workflow's `run-name` must show it. Default `bayplan_key`. */
  readonly keyInput?: string;
  /** Pauses while watching: after a change, and the longest, in milliseconds. Default 10,000 and 60,000. */
  readonly pollMs?: { readonly first?: number; readonly max?: number };
  /** How long a run that must exist may stay invisible, in milliseconds. Default 60,000. */
  readonly findWithinMs?: number;
  /**
   * How far back runs are looked for, in milliseconds. Default 35 days, the longest that a run can be in flight; less
   * saves requests for workflows with thousands of runs.
   */
  readonly lookbackMs?: number;
  /** Default `2022-11-28`, which GitHub answers until March 2028. `2026-03-10` works too. */
  readonly apiVersion?: string;
  /** Which runs `cancel` may end: those that this adapter started, or any. Default `own`. */
  readonly cancels?: "own" | "any";
  /** At most one write per second, as GitHub asks for. Default `true`; turn it off for simulators only. */
  readonly throttle?: boolean;
}

/** What every operation of the adapter shares. */
export interface CiContext {
  readonly client: GitHubClient;
  readonly clock: Clock;
  /** Default Git repository, `owner/name`. */
  readonly gitRepository: string;
  readonly keyInput: string;
  readonly pollMs: { readonly first: number; readonly max: number };
  readonly findWithinMs: number;
  readonly lookbackMs: number;
  /** Whether every dispatch is answered with its run, without asking for it. */
  readonly isAlwaysDetailed: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;

/** The options with their defaults, checked. Throws `INVALID_INPUT` for what cannot be used. */
export function createCiContext(options: GitHubCiOptions): CiContext {
  const { token, repository, clock = systemClock, baseUrl = "https://api.github.com" } = options;
  // A token with a line end in it would be quoted by the error of whatever sends it.
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw refuse("token", "a GitHub token without spaces or line ends (is the secret passed to this job?)");
  }
  if (!isSafeAddress(baseUrl)) {
    throw refuse("baseUrl", "the https address of GitHub's REST API, without credentials in it");
  }
  parseGitRepository(repository);
  const keyInput = options.keyInput ?? "bayplan_key";
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(keyInput)) throw refuse("keyInput", "the name of a workflow input");
  const durations = {
    first: options.pollMs?.first ?? 10_000,
    max: options.pollMs?.max ?? 60_000,
    findWithinMs: options.findWithinMs ?? 60_000,
    lookbackMs: options.lookbackMs ?? 35 * dayMs,
  };
  for (const [path, duration] of Object.entries(durations)) {
    if (!Number.isFinite(duration) || duration < 0) throw refuse(path, "a number of milliseconds from 0");
  }
  const apiVersion = options.apiVersion ?? "2022-11-28";
  if (!/^\d{4}-\d{2}-\d{2}$/.test(apiVersion)) throw refuse("apiVersion", "a date such as 2022-11-28");
  const client = createGitHubClient({
    token,
    tokenName: options.tokenName?.replace(/[^\w .-]/g, "").slice(0, 60) || undefined,
    clock,
    baseUrl: baseUrl.replace(/\/+$/, ""),
    apiVersion,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    throttle: options.throttle ?? true,
  });
  const { first, max, findWithinMs, lookbackMs } = durations;
  const isAlwaysDetailed = apiVersion >= "2026-03-10";
  const common = { client, clock, gitRepository: repository, keyInput, isAlwaysDetailed };
  return { ...common, pollMs: { first, max }, findWithinMs, lookbackMs };
}

/** Https, or http to this computer; the token is sent there. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}

function refuse(path: string, expected: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The GitHub adapter cannot be made: ${path} must be ${expected}.`, {
    problems: [{ path, found: "something else or nothing", expected }],
  });
}
