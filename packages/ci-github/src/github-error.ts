import { BayplanError, type BayplanErrorCode, type Instant, instantToMs, type Problem } from "@bayplan/core";
import { parseRetryAfter, redactText } from "@bayplan/runtime";
import { ErrorBody } from "./schema.ts";

/** What was tried, for the sentence of an error. */
export interface Doing {
  /** The beginning of a sentence, for example `Dispatching build.yml of octo-org/images`. */
  readonly what: string;
  /** The permission it needs. */
  readonly permission: `${"actions" | "contents"}: ${"read" | "write"}`;
}

/** An answer of 400 or more. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** What {@link githubError} needs beside the answer. */
interface GitHubErrorOptions {
  readonly doing: Doing;
  readonly now: Instant;
  /** Removed from whatever GitHub said. */
  readonly token: string;
  /** What the token is called where it is kept, for example `DISPATCH_TOKEN`. Default `the token`. */
  readonly tokenName?: string | undefined;
}

interface Verdict {
  readonly code: BayplanErrorCode;
  readonly advice: string;
  readonly problems?: readonly Problem[];
}

const defaultSecondaryWaitMs = 60_000;

const unprocessable: readonly (readonly [RegExp, string])[] = [
  [/workflow_dispatch['"]? trigger/i, "Add `on: workflow_dispatch` to the workflow file on the default branch."],
  [/no ref found/i, "Push the branch or tag, or correct `ref`."],
  [
    /unexpected inputs|too many inputs/i,
    "Declare these inputs, and the one that carries the key, under `on.workflow_dispatch.inputs` of the workflow file at `ref`.",
  ],
  [/required input/i, "Give this input, or let the workflow file declare a default."],
  [
    /allowed values|not in the list|valid option/i,
    "Use one of the options that the workflow file lists for this input.",
  ],
  [
    /failed to parse workflow/i,
    "Repair the workflow file at `ref`: `on.workflow_dispatch` takes up to 25 inputs (10 on GHES up to 3.19).",
  ],
  [/disabled workflow|workflow is disabled|workflow .{0,20}not active/i, "Enable the workflow again."],
];

/**
 * The error that a refusal means. Everything but `RATE_LIMITED` and `UNAVAILABLE` is permanent.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function githubError(answer: RefusedAnswer, options: GitHubErrorOptions): BayplanError {
  const said = whatGitHubSaid(answer.data, options.token);
  const retryAfterMs = waitOf(answer, said, options.now);
  const verdict = judge(answer, said, { ...options, isLimit: retryAfterMs !== undefined });
  const quote = said === "" ? "" : ` (${said})`;
  const message = `${options.doing.what} failed: GitHub answered ${answer.status}${quote}. ${verdict.advice}`;
  return new BayplanError(verdict.code, message, {
    status: answer.status,
    ...(verdict.problems === undefined ? {} : { problems: verdict.problems }),
    ...(verdict.code !== "RATE_LIMITED" || retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function judge(answer: RefusedAnswer, said: string, context: GitHubErrorOptions & { isLimit: boolean }): Verdict {
  const { status } = answer;
  if (context.isLimit) return { code: "RATE_LIMITED", advice: "Wait as long as GitHub asks, then try again." };
  const token = context.tokenName ?? "the token";
  if (status === 401) return { code: "UNAUTHORIZED", advice: `Renew ${token}: it is invalid, revoked or expired.` };
  if (status === 403 && notAgain.test(said)) {
    return { code: "CONFLICT", advice: "GitHub runs it again for 30 days and 50 times: dispatch a new run." };
  }
  if (status === 403) return { code: "DENIED", advice: deniedAdvice(answer, context.doing, token) };
  if (status === 404) {
    const advice =
      "It does not exist, or the owner of the token cannot see it: check the spelling, that the workflow file is on " +
      `the default branch, and that ${token} has access to this repository with ${inWords(context.doing)}.`;
    return { code: "NOT_FOUND", advice };
  }
  if (status === 409) return { code: "CONFLICT", advice: "Look at the run's present state before trying again." };
  if (status === 422) {
    const advice = unprocessable.find(([pattern]) => pattern.test(said))?.[1];
    const problems = problemsOf(said);
    return { code: "INVALID_INPUT", advice: advice ?? "Check the ref, the inputs and the workflow file.", problems };
  }
  if (status === 408 || status >= 500) return { code: "UNAVAILABLE", advice: "Try again later." };
  if (status === 400) {
    const advice = "On GHES up to 3.20 use apiVersion 2022-11-28; elsewhere check the request.";
    return { code: "INVALID_INPUT", advice };
  }
  return { code: "RESPONSE_INVALID", advice: "Check baseUrl: is this GitHub's API?" };
}

// "This workflow run cannot be retried", "Unable to retry this workflow run because it was created over a month ago".
const notAgain = /cannot be (?:retried|re-?run)|unable to (?:retry|re-?run)|over a month ago/i;

/** Which inputs the refusal is about, where it says so. */
function problemsOf(said: string): readonly Problem[] {
  const [, unexpected = ""] = /unexpected inputs provided: \[([^\]]{0,300})/i.exec(said) ?? [];
  const names = [...unexpected.matchAll(/[A-Za-z_][A-Za-z0-9_-]*/g)].map(([name]) => ({
    path: `inputs.${name}`,
    found: "an input that the workflow does not declare",
    expected: "left out, or declared in the workflow file at `ref`",
  }));
  const [, required] = /required input '?([A-Za-z_][A-Za-z0-9_-]*)/i.exec(said) ?? [];
  if (required !== undefined) names.push({ path: `inputs.${required}`, found: "nothing", expected: "a value" });
  const [, chosen] = /for input '?([A-Za-z_][A-Za-z0-9_-]*)/i.exec(said) ?? [];
  if (chosen !== undefined) {
    const expected = "one of the options in the workflow file";
    names.push({ path: `inputs.${chosen}`, found: "another value", expected });
  }
  if (/no ref found/i.test(said)) names.push({ path: "ref", found: "no such ref", expected: "a branch or tag" });
  return names;
}

function inWords({ permission }: Doing): string {
  const [name = "", level] = permission.split(": ");
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${level}`;
}

function deniedAdvice(answer: RefusedAnswer, doing: Doing, token: string): string {
  if (answer.headers["x-github-sso"] !== undefined) {
    return `Authorise ${token} for the organisation's single sign-on.`;
  }
  const accepted = String(answer.headers["x-accepted-github-permissions"] ?? "");
  const named = /^[a-z_=,; ]{1,80}$/.test(accepted) ? ` GitHub accepts: ${accepted}.` : "";
  return (
    `For ${token}: in a workflow add \`permissions: ${doing.permission}\`; a fine-grained token or App needs ` +
    `${inWords(doing)} on this repository, a classic token the scope \`repo\`.${named}`
  );
}

/** How long to wait when the answer is a rate limit; `undefined` when it is none. */
function waitOf(answer: RefusedAnswer, said: string, now: Instant): number | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const asked = parseRetryAfter(String(answer.headers["retry-after"] ?? ""), now);
  const isSpent = String(answer.headers["x-ratelimit-remaining"] ?? "") === "0";
  if (answer.status !== 429 && asked === undefined && !isSpent && !/rate limit|abuse detection/i.test(said)) {
    return undefined;
  }
  const resetMs = Number(answer.headers["x-ratelimit-reset"] ?? Number.NaN) * 1000 - instantToMs(now);
  if (asked !== undefined) return asked;
  return isSpent && resetMs > 0 ? resetMs : defaultSecondaryWaitMs;
}

function whatGitHubSaid(data: unknown, token: string): string {
  const parsed = ErrorBody.safeParse(data);
  const message = parsed.success ? (parsed.data.message ?? "") : "";
  const errors = parsed.success && parsed.data.errors !== undefined ? ` ${JSON.stringify(parsed.data.errors)}` : "";
  return redactText(`${message}${errors}`.replaceAll(token, "***"), 300);
}
