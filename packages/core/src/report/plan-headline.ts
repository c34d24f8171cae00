import type { Plan } from "../plan/plan.ts";
import { shortDigest } from "./short-digest.ts";

/** What a plan comes to, in one line. */
export function planHeadline(plan: Plan): string {
  const builds = plan.steps.filter((step) => step.kind === "build").length;
  const tags = plan.steps.filter((step) => step.kind === "tag").length;
  const open =
    plan.nodes.filter(({ state }) => state.state === "blocked" || state.state === "unknown").length +
    plan.unresolved.length;
  const undecided = open === 0 ? "" : `, ${count(open, "thing")} undecided`;
  const leftOut = plan.leftOut === undefined ? "" : `, ${count(plan.leftOut.length, "image")} left out`;
  const rest = `${undecided}${leftOut}`;
  if (plan.rollsBack !== undefined)
    return `takes ${shortDigest(plan.rollsBack)} back: ${count(tags, "tag")} to move back${rest}`;
  if (plan.steps.length === 0) return `nothing to do${rest}`;
  return `${count(builds, "image")} to build, ${count(tags, "tag")} to write${rest}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
