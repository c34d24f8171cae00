import { type BayplanError, isBayplanError } from "../errors.ts";
import type { RemovalRefusal } from "../removal-refusal.ts";

/**
 * What an adapter's error means for a removal; `undefined` where it is no refusal but a failure: no access, no answer,
 * an answer that cannot be true.
 */
export function refusalOfError(error: unknown, kind: "untag" | "delete"): RemovalRefusal | undefined {
  if (!isBayplanError(error)) return undefined;
  const known = error.refusal ?? refusalInProblems(error);
  if (known !== undefined) return known;
  switch (error.code) {
    case "TAG_MOVED":
      return kind === "untag" ? "tag-moved-since-plan" : "changed-since-plan";
    case "PLAN_STALE":
      return "referenced-since-plan";
    case "INCOMPLETE":
      return "changed-since-plan";
    case "CONFLICT":
      return "registry-refused";
    case "UNSUPPORTED":
      return kind === "untag" ? "untag-unsupported" : "delete-unsupported";
    case "RATE_LIMITED":
      return "rate-limited";
    default:
      return undefined;
  }
}

function refusalInProblems({ problems }: BayplanError): RemovalRefusal | undefined {
  const found = problems[0]?.found;
  return found === "last-tagged-version" || found === "too-many-downloads" ? found : undefined;
}

/** How the tags of a manifest differ from those that were expected, for the `refusal` of an error; `undefined`: not at all. */
export function refusalOfTags(
  found: readonly string[],
  expected: readonly string[],
): Extract<RemovalRefusal, "tagged-since-plan" | "tag-moved-since-plan"> | undefined {
  if (found.some((tag) => !expected.includes(tag))) return "tagged-since-plan";
  return expected.some((tag) => !found.includes(tag)) ? "tag-moved-since-plan" : undefined;
}
