import { BayplanError, type Problem } from "../errors.ts";
import type { LateDigest, Plan, Step } from "./plan.ts";

/** So many problems are told; a document that is wrong everywhere needs no more. */
export const mostProblems = 100;

/**
 * Checks that every step comes after those it needs, that each id is there once and that what is born late is born in a
 * step that comes before.
 *
 * @throws BayplanError `INVALID_PLAN` with every such problem, for a plan that could never be executed to its end.
 */
export function refuseUnorderedSteps(plan: Pick<Plan, "steps">): void {
  const problems = orderProblems(plan);
  if (problems.length === 0) return;
  const lines = problems.map(({ path, found, expected }) => `\n  ${path}: found ${found}, expected ${expected}`);
  const message = `This is not a plan that can be used: its steps cannot be put in an order:${lines.join("")}`;
  throw new BayplanError("INVALID_PLAN", message, { problems });
}

/** Everything that keeps the steps from being done in their order, at most {@link mostProblems}. */
export function orderProblems(plan: Pick<Plan, "steps">): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, Step["kind"]>();
  for (const step of plan.steps) {
    if (problems.length >= mostProblems) break;
    const problem = (found: string, expected: string) => problems.push({ path: step.id, found, expected });
    if (seen.has(step.id)) problem("a second step of this id", "one");
    const missing = step.dependsOn.find((id) => !seen.has(id));
    if (missing !== undefined) problem(`the need for ${missing}`, "a step that comes before it");
    if (step.kind === "await-image" && seen.get(step.build) !== "build")
      problem(`the build ${step.build}`, "a build that comes before it");
    const unborn = lateDigests(step).find((late) => "fromStep" in late && !seen.has(late.fromStep));
    if (unborn !== undefined && "fromStep" in unborn) problem(`a digest of ${unborn.fromStep}`, "a step before it");
    seen.set(step.id, step.kind);
  }
  return problems;
}

function lateDigests(step: Step): readonly LateDigest[] {
  switch (step.kind) {
    case "build":
      return [...step.bases.map(({ target }) => target), ...step.key.platforms.flatMap(({ bases }) => bases)];
    case "preflight":
      return step.tags.map(({ target }) => target);
    case "await-image":
    case "untag":
    case "delete":
      return [];
    default:
      return [step.target];
  }
}
