import { BayplanError, type BayplanErrorCode, type Instant, instantToMs } from "@bayplan/core";
import { parseRetryAfter, redactText } from "@bayplan/runtime";
import { ErrorBody } from "./schema.ts";

/** What was tried, for the sentence of an error. */
export interface Doing {
  /** The beginning of a sentence, for example `Listing the versions of octo-org/images`. */
  readonly what: string;
  /** What a token needs for it. */
  readonly permission: "read:packages" | "write:packages" | "delete:packages";
}

/** An answer of 400 or more. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

interface Verdict {
  readonly code: BayplanErrorCode;
  readonly advice: string;
  /** Stands as `problems[0].found`, for those who must tell refusals apart. */
  readonly reason?: string;
}

const defaultSecondaryWaitMs = 60_000;
const workflowPermission = {
  "read:packages": "packages: read",
  "write:packages": "packages: write",
  "delete:packages": "packages: write",
} as const;

/**
 * The error that a refusal of GitHub Packages means. What GitHub never does with a version is `UNSUPPORTED`, with
 * `problems[0].found` `last-tagged-version` or `too-many-downloads`.
 *
 * @see https://docs.github.com/rest/packages/packages
 */
export function githubRefusal(answer: RefusedAnswer, doing: Doing, now: Instant): BayplanError {
  const parsed = ErrorBody.safeParse(answer.data);
  const said = redactText(parsed.success ? (parsed.data.message ?? "") : "", 300);
  const retryAfterMs = waitOf(answer, said, now);
  const verdict = judge(answer, said, { doing, isLimit: retryAfterMs !== undefined });
  const quote = said === "" ? "" : ` (${said})`;
  const message = `${doing.what} failed: GitHub answered ${answer.status}${quote}. ${verdict.advice}`;
  const { code, reason } = verdict;
  return new BayplanError(code, message, {
    status: answer.status,
    ...(code !== "RATE_LIMITED" || retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(reason === undefined
      ? {}
      : { problems: [{ path: "version", found: reason, expected: "a version that GitHub deletes" }] }),
  });
}

function judge(answer: RefusedAnswer, said: string, { doing, isLimit }: { doing: Doing; isLimit: boolean }): Verdict {
  const { status } = answer;
  if (isLimit) return { code: "RATE_LIMITED", advice: "Wait as long as GitHub asks, then try again." };
  if (status === 401) return { code: "UNAUTHORIZED", advice: "The token is invalid or expired: pass a new one." };
  if (status === 403) return { code: "DENIED", advice: deniedAdvice(answer, doing) };
  if (status === 404) {
    return { code: "NOT_FOUND", advice: `It does not exist, or the token may not see it: ${needs(doing)}` };
  }
  if (status === 409) return { code: "CONFLICT", advice: "Look at the package's present state before trying again." };
  if (status === 408 || status >= 500) return { code: "UNAVAILABLE", advice: "Try again later." };
  if (status === 400 && /\blast (?:tagged )?version\b/i.test(said)) {
    const advice = "Keep it, or delete the whole package.";
    return { code: "UNSUPPORTED", advice, reason: "last-tagged-version" };
  }
  if (status === 400 && /\bdownloads\b/i.test(said)) {
    const advice = "Keep it, or make the package private first.";
    return { code: "UNSUPPORTED", advice, reason: "too-many-downloads" };
  }
  return { code: "RESPONSE_INVALID", advice: "Check apiUrl: is this GitHub's API?" };
}

function deniedAdvice(answer: RefusedAnswer, doing: Doing): string {
  if (answer.headers["x-github-sso"] !== undefined) return "Authorise the token for the organisation's single sign-on.";
  return `The token may not do that: ${needs(doing)}`;
}

function needs({ permission }: Doing): string {
  const role = { "read:packages": "Read", "write:packages": "Write", "delete:packages": "Admin" }[permission];
  return (
    `in a workflow it needs \`permissions: ${workflowPermission[permission]}\` and the role ${role} under the package's ` +
    `Actions access; a classic token needs ${permission === "read:packages" ? permission : `read:packages and ${permission}`}. ` +
    "Fine-grained tokens do not work."
  );
}

/** How long to wait when the answer is a rate limit; `undefined` when it is none. */
function waitOf(answer: RefusedAnswer, said: string, now: Instant): number | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const asked = parseRetryAfter(String(answer.headers["retry-after"] ?? ""), now);
  const isSpent = String(answer.headers["x-ratelimit-remaining"] ?? "") === "0";
  const isLimit = answer.status === 429 || asked !== undefined || isSpent || /rate limit|abuse detection/i.test(said);
  if (!isLimit) return undefined;
  const resetMs = Number(answer.headers["x-ratelimit-reset"] ?? Number.NaN) * 1000 - instantToMs(now);
  if (asked !== undefined) return asked;
  return isSpent && resetMs > 0 ? resetMs : defaultSecondaryWaitMs;
}
