import type { Plan, Step } from "../plan/plan.ts";
import { removalCounts } from "./clean-up-text.ts";
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
  const rest = `${undecided}${heldTags(plan)}${leftOut}`;
  if (plan.rollsBack !== undefined)
    return `takes ${shortDigest(plan.rollsBack)} back: ${count(tags, "tag")} to move back${rest}`;
  if (plan.steps.length === 0) return `nothing to do${stopped(plan)}${rest}`;
  const removals = removalsText(plan);
  if (removals !== "" && builds + tags === 0) return `${removals}${stopped(plan)}${rest}`;
  const removed = removals === "" ? "" : `, ${removals}`;
  return `${count(builds, "image")} to build${otherRuns(plan)}, ${count(tags, "tag")} to write${removed}${stopped(plan)}${rest}`;
}

/** Tags that wait for a member of their group: without them a plan that holds everything would have "nothing to do". */
function heldTags({ nodes }: Plan): string {
  const held = nodes.flatMap(({ withheld }) =>
    withheld.filter(({ reasons }) => reasons.some(({ code }) => code === "group-held")),
  );
  return held.length === 0 ? "" : `, ${count(held.length, "tag")} held with the group`;
}

/** Tests and copies, where there are some. */
function otherRuns({ steps }: Plan): string {
  const numberOf = (kind: Step["kind"]) => steps.filter((step) => step.kind === kind).length;
  const [tests, copies] = [numberOf("test"), numberOf("copy")];
  return `${tests === 0 ? "" : `, ${tests} to test`}${copies === 0 ? "" : `, ${copies} to copy`}`;
}

function removalsText(plan: Plan): string {
  const { manifests, tags } = removalCounts(plan);
  const parts = [
    ...(manifests > 0 ? [`${count(manifests, "manifest")} to delete`] : []),
    ...(tags > 0 ? [`${count(tags, "tag")} to remove`] : []),
  ];
  return parts.join(", ");
}

function stopped({ cleanUps = [] }: Plan): string {
  const repositories = cleanUps.filter((one) => one.stopped.length > 0).length;
  return repositories === 0 ? "" : `, ${repositories === 1 ? "a clean-up" : `${repositories} clean-ups`} stopped`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
