import { BayplanError, type BayplanErrorCode, type Instant, instantToMs } from "@bayplan/core";
import { parseRetryAfter, redactText } from "@bayplan/runtime";
import { ErrorBody } from "./schema.ts";

/** What was tried, for the sentence of an error. */
export interface Doing {
  /** The beginning of a sentence, for example `Dispatching build.yml of octo-org/images`. */
  readonly what: string;
  /** The permission it needs. */
  readonly permission: "actions: read" | "actions: write";
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
}

interface Verdict {
  readonly code: BayplanErrorCode;
  readonly advice: string;
}

const defaultSecondaryWaitMs = 60_000;

const unprocessable: readonly (readonly [RegExp, string])[] = [
  [/workflow_dispatch['"]? trigger/i, "Add `on: workflow_dispatch` to the workflow file on the default branch."],
  [/no ref found/i, "Push the branch or tag, or correct `ref`."],
  [
    /unexpected inputs/i,
    "Declare these inputs, and the one that carries the key, under `on.workflow_dispatch.inputs` of the workflow file at `ref`.",
  ],
  [/required input/i, "Give this input, or let the workflow file declare a default."],
  [
    /allowed values|not in the list|valid option/i,
    "Use one of the options that the workflow file lists for this input.",
  ],
  [/failed to parse workflow/i, "Repair the workflow file at `ref`."],
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
    ...(verdict.code !== "RATE_LIMITED" || retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function judge(answer: RefusedAnswer, said: string, context: GitHubErrorOptions & { isLimit: boolean }): Verdict {
  const { status } = answer;
  if (context.isLimit) return { code: "RATE_LIMITED", advice: "Wait as long as GitHub asks, then try again." };
  if (status === 401) return { code: "UNAUTHORIZED", advice: "The token is invalid or expired: pass a new one." };
  if (status === 403) return { code: "DENIED", advice: deniedAdvice(answer, context.doing) };
  if (status === 404) {
    const advice = "The repository, workflow or run does not exist, or the token cannot see it: check both.";
    return { code: "NOT_FOUND", advice };
  }
  if (status === 409) return { code: "CONFLICT", advice: "Look at the run's present state before trying again." };
  if (status === 422) {
    const advice = unprocessable.find(([pattern]) => pattern.test(said))?.[1];
    return { code: "INVALID_INPUT", advice: advice ?? "Check the ref, the inputs and the workflow file." };
  }
  if (status === 408 || status >= 500) return { code: "UNAVAILABLE", advice: "Try again later." };
  if (status === 400) return { code: "INVALID_INPUT", advice: "Check the request, and the API version on GHES." };
  return { code: "RESPONSE_INVALID", advice: "Check baseUrl: is this GitHub's API?" };
}

function deniedAdvice(answer: RefusedAnswer, doing: Doing): string {
  if (answer.headers["x-github-sso"] !== undefined) return "Authorise the token for the organisation's single sign-on.";
  const accepted = String(answer.headers["x-accepted-github-permissions"] ?? "");
  const named = /^[a-z_=,; ]{1,80}$/.test(accepted) ? ` GitHub accepts: ${accepted}.` : "";
  const level = doing.permission.slice("actions: ".length);
  return (
    `In a workflow add \`permissions: ${doing.permission}\`; a fine-grained token or App needs Actions: ${level} ` +
    `on this repository, a classic token the scope \`repo\`.${named}`
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
