import { BayplanError } from "../errors.ts";
import { formatReference, tagReference } from "../oci/reference.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep, BoundTag } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Looks at every tag of a group. Each must show what the plan saw or, after an execution that was broken off, what the
 * plan puts there: otherwise nothing of the group is written.
 */
export async function runPreflight(
  bound: Extract<BoundStep, { kind: "preflight" }>,
  context: StepContext,
): Promise<StepOutcome> {
  const found: Problem[] = [];
  await mapConcurrently(bound.tags, 8, async (tag) => {
    const problem = await lookAt(tag, context);
    if (problem !== undefined) found.push(problem);
  });
  if (found.length === 0) return { step: bound.step.id, state: "done" };
  const isImmutable = found.every(({ tag }) => tag.mutability === "immutable");
  const list = found.map(({ text }) => text).join("; ");
  const message = `Nothing of ${bound.step.group} is written: ${list}. Observe and plan again.`;
  throw new BayplanError(isImmutable ? "TAG_IMMUTABLE" : "TAG_MOVED", message);
}

interface Problem {
  readonly tag: BoundTag;
  readonly text: string;
}

async function lookAt(tag: BoundTag, context: StepContext): Promise<Problem | undefined> {
  const reference = tagReference(tag.target, tag.tag);
  const call = context.signal === undefined ? {} : { signal: context.signal };
  const found = await registryFor(context.ports.registries, reference.registry).resolve(reference, call);
  const wanted = "digest" in tag.expected ? tag.expected.digest : "nothing";
  const shown = found.state === "present" ? found.descriptor.digest : "nothing";
  if (shown === wanted || shown === tag.target.digest) return undefined;
  const text = `${formatReference(reference)} shows ${shown}, the plan saw ${wanted} and would write ${tag.target.digest}`;
  return { tag, text };
}
