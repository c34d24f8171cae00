import { open } from "node:fs/promises";
import { BayplanError, parseGitRefName, type TriggerEvent } from "@bayplan/core";
import type { GitHubEvent } from "./github-event.ts";
import { parseEvent } from "./parse-event.ts";
import { Common } from "./schema.ts";
import { toTriggerEvent } from "./to-trigger-event.ts";

/** What a job knows about the run it belongs to. */
export interface GitHubContext {
  readonly event: GitHubEvent;
  /** The same for core's trigger tables and tag rules. */
  readonly trigger: TriggerEvent;
  /** `owner/name`. */
  readonly repository: string;
  /** What the run is on, in full; for a pull request `refs/pull/<number>/merge`. */
  readonly ref?: string;
  /** The commit that started the run. */
  readonly sha?: string;
  readonly defaultBranch?: string;
  readonly actor?: string;
  readonly runId?: string;
  /** 1 for the first, 2 after a re-run. */
  readonly runAttempt?: number;
  /** For people. */
  readonly runUrl?: string;
}

/** Where the context is read from. */
export interface GitHubContextOptions {
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The event's payload. Default: the file that `GITHUB_EVENT_PATH` names. */
  readonly payload?: unknown;
}

// "Payloads are capped at 25 MB": https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
const maxBytes = 25 * 1024 * 1024;

/**
 * The run a job belongs to, from its environment and `GITHUB_EVENT_PATH`. Texts in it come from whoever could push,
 * open a pull request or dispatch: put none of them into a command.
 *
 * @throws BayplanError `INVALID_INPUT` outside GitHub Actions, or when the payload is not one of its event.
 */
export async function readGitHubContext(options: GitHubContextOptions = {}): Promise<GitHubContext> {
  const env = options.env ?? process.env;
  const name = required(env, "GITHUB_EVENT_NAME", /^[a-z_]{1,50}$/);
  const repository = required(env, "GITHUB_REPOSITORY", /^[^/\s]{1,100}\/[^/\s]{1,100}$/);
  const payload = options.payload === undefined ? await readPayload(env) : options.payload;
  const event = parseEvent(name, payload);
  const common = Common.safeParse(payload);
  const defaultBranch = common.success ? common.data.repository?.default_branch : undefined;
  const ref = optional(env, "GITHUB_REF", /^.{1,1000}$/s);
  const run = runOf(env, repository);
  const known = {
    repository,
    ...(ref === undefined ? {} : { ref: parseGitRefName(ref, "GITHUB_REF") }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
  };
  return { event, trigger: toTriggerEvent(event, { name, ...known }), ...known, ...run };
}

function runOf(
  env: Readonly<Record<string, string | undefined>>,
  repository: string,
): Pick<GitHubContext, "sha" | "actor" | "runId" | "runAttempt" | "runUrl"> {
  const sha = optional(env, "GITHUB_SHA", /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
  const actor = optional(env, "GITHUB_ACTOR", /^[A-Za-z0-9_[\]-]{1,100}$/);
  const runId = optional(env, "GITHUB_RUN_ID", /^[1-9]\d{0,18}$/);
  const runAttempt = optional(env, "GITHUB_RUN_ATTEMPT", /^[1-9]\d{0,5}$/);
  const server = optional(env, "GITHUB_SERVER_URL", /^https:\/\/[A-Za-z0-9.:-]{1,200}$/);
  return {
    ...(sha === undefined ? {} : { sha }),
    ...(actor === undefined ? {} : { actor }),
    ...(runId === undefined ? {} : { runId }),
    ...(runAttempt === undefined ? {} : { runAttempt: Number(runAttempt) }),
    ...(runId === undefined || server === undefined ? {} : { runUrl: `${server}/${repository}/actions/runs/${runId}` }),
  };
}

async function readPayload(env: Readonly<Record<string, string | undefined>>): Promise<unknown> {
  const path = required(env, "GITHUB_EVENT_PATH", /^[^\0]{1,4096}$/);
  let text: string;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw invalid("GITHUB_EVENT_PATH", `a file of at most ${maxBytes} bytes`);
      text = await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof BayplanError) throw error;
    throw invalid("GITHUB_EVENT_PATH", "the path of a file that can be read");
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the payload.
    throw invalid("GITHUB_EVENT_PATH", "a file with JSON in it");
  }
}

function required(env: Readonly<Record<string, string | undefined>>, name: string, pattern: RegExp): string {
  const value = optional(env, name, pattern);
  if (value === undefined) throw invalid(name, "set, as it is in a job of GitHub Actions");
  return value;
}

function optional(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  pattern: RegExp,
): string | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  if (!pattern.test(value)) throw invalid(name, "what GitHub Actions sets it to");
  return value;
}

function invalid(name: string, expected: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The event cannot be read: ${name} must be ${expected}.`, {
    problems: [{ path: name, found: "something else or nothing", expected }],
  });
}
