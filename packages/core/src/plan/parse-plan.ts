import type { z } from "zod";
import type { Family } from "../definition/family.ts";
import { pathText } from "../definition/problems.ts";
import { BayplanError, type Problem } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { refuseForeignSteps } from "./refuse-foreign-steps.ts";
import { mostProblems, orderProblems } from "./refuse-unordered-steps.ts";
import { PlanHead, PlanMembers } from "./schema.ts";

/** How a plan is read. */
export interface ParsePlanOptions {
  /** The definition it must lie in. Default: `execute` checks that, and this does not. */
  readonly definition?: Family;
}

const maxCharacters = 50_000_000;

/**
 * Reads a plan from its JSON text. It is checked as a stranger's: size, format, shape, order of the steps, and that its
 * id is the digest of what it says; with a definition, that it asks for nothing outside it.
 *
 * @throws BayplanError `INVALID_PLAN` for text that is not a plan, was changed after it was made, or has a newer format,
 * with everything that is wrong in `problems`; `NOT_ALLOWED` with every step that lies outside the definition.
 */
export function parsePlan(json: string, options: ParsePlanOptions = {}): Plan {
  if (json.length > maxCharacters) throw invalid(`it has more than ${maxCharacters} characters`);
  const data = parseJson(json);
  const version =
    typeof data === "object" && data !== null ? (data as { formatVersion?: unknown }).formatVersion : undefined;
  if (typeof version === "number" && version > 1)
    throw invalid(`it has format ${version}, this version of Bayplan reads format 1. Update Bayplan`);
  refuse(shapeProblems(data), "its shape is wrong");
  // Not a copy: every member was checked, and a plan may be large.
  const plan = data as Plan;
  refuse([...duplicateNodes(plan), ...orderProblems(plan)], "its steps cannot be put in an order");
  if (idOf(plan) !== plan.id)
    throw invalid("it was changed after it was made: its id is not the digest of what it says. Plan again");
  if (options.definition !== undefined) refuseForeignSteps(plan, options.definition);
  return plan;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
}

/** What is wrong with the head and, where that is right, with the members of its lists: one after the other, not too many. */
function shapeProblems(data: unknown): readonly Problem[] {
  const head = PlanHead.safeParse(data);
  if (!head.success) return head.error.issues.slice(0, mostProblems).map((issue) => problemOf(issue, []));
  const problems: Problem[] = [];
  for (const name of ["steps", "nodes", "unresolved"] as const) {
    for (const [index, member] of head.data[name].entries()) {
      if (problems.length >= mostProblems) return problems.slice(0, mostProblems);
      const parsed = PlanMembers[name].safeParse(member);
      if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => problemOf(issue, [name, index])));
    }
  }
  return problems.slice(0, mostProblems);
}

function problemOf(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): Problem {
  return {
    path: pathText([...path, ...issue.path]),
    found: issue.message.slice(0, 300),
    expected: "what a plan holds",
  };
}

function duplicateNodes(plan: Plan): readonly Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { id } of plan.nodes) {
    if (seen.has(id) && problems.length < mostProblems)
      problems.push({ path: id, found: "a second node of this id", expected: "one" });
    seen.add(id);
  }
  return problems;
}

function idOf(plan: Plan): Digest {
  try {
    return planId(plan);
  } catch (cause) {
    // Reasons may hold anything: nested too deeply, half a character, a number that is none.
    throw invalid("it holds something that has no canonical JSON", cause);
  }
}

function refuse(problems: readonly Problem[], why: string): void {
  if (problems.length === 0) return;
  const lines = problems.slice(0, 20).map(({ path, found }) => `\n  ${path}: ${found}`);
  throw new BayplanError("INVALID_PLAN", `This is not a plan that can be used: ${why}:${lines.join("")}`, { problems });
}

function invalid(why: string, cause?: unknown): BayplanError {
  return new BayplanError("INVALID_PLAN", `This is not a plan that can be used: ${why}.`, { cause });
}
