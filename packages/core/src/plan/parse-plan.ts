import { pathText } from "../definition/problems.ts";
import { BayplanError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { refuseUnorderedSteps } from "./refuse-unordered-steps.ts";
import { PlanDocument } from "./schema.ts";

const maxCharacters = 50_000_000;

/**
 * Reads a plan from its JSON text. It is checked as a stranger's: shape, format, and that its id is the digest of what
 * it says. Whether it may be executed is decided by `execute`, against the definition.
 *
 * @throws BayplanError `INVALID_PLAN` for text that is not a plan, was changed after it was made, or has a newer format.
 */
export function parsePlan(json: string): Plan {
  if (json.length > maxCharacters) throw invalid(`it has more than ${maxCharacters} characters`);
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  const version =
    typeof data === "object" && data !== null ? (data as { formatVersion?: unknown }).formatVersion : undefined;
  if (typeof version === "number" && version > 1)
    throw invalid(`it has format ${version}, this version of Bayplan reads format 1. Update Bayplan`);
  const parsed = PlanDocument.safeParse(data);
  if (!parsed.success) {
    const lines = parsed.error.issues.slice(0, 20).map((issue) => `\n  ${pathText(issue.path)}: ${issue.message}`);
    throw invalid(`its shape is wrong:${lines.join("")}`);
  }
  const plan = parsed.data;
  if (idOf(plan) !== plan.id)
    throw invalid("it was changed after it was made: its id is not the digest of what it says. Plan again");
  refuseUnorderedSteps(plan);
  return plan;
}

function idOf(plan: Plan): Digest {
  try {
    return planId(plan);
  } catch (cause) {
    // Reasons may hold anything: nested too deeply, half a character, a number that is none.
    throw invalid("it holds something that has no canonical JSON", cause);
  }
}

function invalid(why: string, cause?: unknown): BayplanError {
  return new BayplanError("INVALID_PLAN", `This is not a plan that can be used: ${why}.`, { cause });
}
