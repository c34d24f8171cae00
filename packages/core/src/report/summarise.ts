import type { ExecutionResult } from "../execute/execution.ts";
import type { StepOutcome } from "../execute/outcome.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, tagReference } from "../oci/reference.ts";
import type { Plan, PlannedNode, Step } from "../plan/plan.ts";
import { stepsByNode } from "./steps-by-node.ts";
import { tagName } from "./tag-name.ts";

/** A tag that is in place. */
export interface TagReport {
  readonly tag: string;
  /** The tag, in a copy with its repository. */
  readonly name: string;
  readonly reference: string;
  readonly isNew: boolean;
}

/** What came of one image at one version. */
export interface NodeReport {
  readonly node: PlannedNode;
  readonly result: "unchanged" | "built" | "tagged" | "failed" | "skipped";
  readonly digest?: Digest;
  /** URL of the run that built it. */
  readonly run?: string;
  readonly tags: readonly TagReport[];
  /** Sentences about what failed or was skipped. */
  readonly problems: readonly string[];
}

/** The outcomes of a plan gathered by image, in the plan's order. */
export function summarise(plan: Plan, result: ExecutionResult): readonly NodeReport[] {
  const outcomes = new Map(result.outcomes.map((outcome) => [outcome.step, outcome]));
  const steps = stepsByNode(plan);
  return plan.nodes.map((node) => summariseNode(node, steps.get(node.id) ?? [], outcomes));
}

function summariseNode(
  node: PlannedNode,
  steps: readonly Step[],
  outcomes: ReadonlyMap<string, StepOutcome>,
): NodeReport {
  const ended = steps.flatMap((step) => outcomes.get(step.id) ?? []);
  const tags = steps.flatMap((step) => {
    const outcome = outcomes.get(step.id);
    if (step.kind !== "tag" || (outcome?.state !== "done" && outcome?.state !== "already-done")) return [];
    const reference = formatReference(tagReference(step.repository, step.tag));
    return [{ tag: step.tag, name: tagName(step), reference, isNew: outcome.state === "done" }];
  });
  const digest = digestOf(node, ended);
  const builds = steps.flatMap((step) => (step.kind === "build" ? (outcomes.get(step.id) ?? []) : []));
  const run = builds.flatMap((outcome) => ("run" in outcome && outcome.run !== undefined ? [outcome.run.url] : []))[0];
  return {
    node,
    result: resultOf(steps, ended),
    ...(digest === undefined ? {} : { digest }),
    ...(run === undefined ? {} : { run }),
    tags,
    problems: problemsOf(ended, outcomes),
  };
}

function digestOf(node: PlannedNode, ended: readonly StepOutcome[]): Digest | undefined {
  const known = "digest" in node.state ? node.state.digest : undefined;
  return (
    known ??
    ended.flatMap((outcome) => ("digest" in outcome && outcome.digest !== undefined ? [outcome.digest] : []))[0]
  );
}

function resultOf(steps: readonly { readonly kind: string }[], ended: readonly StepOutcome[]): NodeReport["result"] {
  if (steps.length === 0) return "unchanged";
  if (ended.some((outcome) => outcome.state === "failed")) return "failed";
  if (ended.some((outcome) => outcome.state === "skipped")) return "skipped";
  return steps.some((step) => step.kind === "build") ? "built" : "tagged";
}

/** What failed, each with its sentence; what was skipped because of it in one line, not step by step. */
function problemsOf(ended: readonly StepOutcome[], outcomes: ReadonlyMap<string, StepOutcome>): readonly string[] {
  const failed = ended.flatMap((outcome) =>
    outcome.state === "failed" ? [`${outcome.step} failed (${outcome.code}): ${outcome.message}`] : [],
  );
  const causes = new Set(ended.flatMap((outcome) => (outcome.state === "skipped" ? [outcome.because] : [])));
  const skipped = [...causes].map((cause) => {
    const count = ended.filter((outcome) => outcome.state === "skipped" && outcome.because === cause).length;
    return `${count === 1 ? "one step was" : `${count} steps were`} skipped because ${causeText(cause, ended, outcomes)}`;
  });
  return [...failed, ...skipped];
}

function causeText(cause: string, ended: readonly StepOutcome[], outcomes: ReadonlyMap<string, StepOutcome>): string {
  if (cause === "cancelled") return "the execution was cancelled";
  if (cause === "stale") return "the plan no longer fits what is there";
  const outcome = cause === "backing-off" ? ended.find((each) => "until" in each) : outcomes.get(cause);
  if (outcome?.state === "refused") return `${cause} was refused`;
  if (outcome?.state !== "skipped") return `${cause} failed`;
  const until = outcome.until === undefined ? "later" : `at ${outcome.until}`;
  return `${outcome.step} has failed before and is tried again ${until}`;
}
