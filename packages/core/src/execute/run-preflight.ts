import { BayplanError, isBayplanError } from "../errors.ts";
import { type DigestReference, formatReference, formatRepository, tagReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep, BoundTag } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

type BoundPreflight = Extract<BoundStep, { kind: "preflight" }>;

/**
 * Looks at every tag of a group. Each must show what the plan saw or, after an execution that was broken off, what the
 * plan puts there: otherwise nothing of the group is written. A group in several repositories also proves that each may be
 * written to: one that is refused after the others were tagged would leave the group half moved.
 */
export async function runPreflight(bound: BoundPreflight, context: StepContext): Promise<StepOutcome> {
  const fan = fanOutSignal(context.signal);
  try {
    const found: Problem[] = [];
    await mapConcurrently(bound.tags, 8, async (tag) => {
      const problem = await fan.run((call) => lookAt(tag, context, call));
      if (problem !== undefined) found.push(problem);
    });
    if (found.length > 0) throw refusal(bound.step.group, found);
    await mapConcurrently(unproven(bound), 8, (target) =>
      fan.run((call) => proveWritable(target, bound, context, call)),
    );
    return { step: bound.step.id, state: "done" };
  } finally {
    fan.close();
  }
}

/** So many tags are named; a group may have thousands. */
const mostNamed = 20;

function refusal(group: string, found: readonly Problem[]): BayplanError {
  const isImmutable = found.every(({ tag }) => tag.mutability === "immutable");
  const named = found.slice(0, mostNamed).map(({ text }) => text);
  const more = found.length > mostNamed ? [`and ${found.length - mostNamed} more`] : [];
  const message = `Nothing of ${group} is written: ${[...named, ...more].join("; ")}. Observe and plan again.`;
  return new BayplanError(isImmutable ? "TAG_IMMUTABLE" : "TAG_MOVED", message);
}

/** An image of each repository of which it is not known that it may be written to; none for a group in one repository. */
function unproven({ tags, written }: BoundPreflight): readonly DigestReference[] {
  const targets = new Map(tags.map(({ target }) => [formatRepository(target), target]));
  if (targets.size < 2) return [];
  return [...targets].flatMap(([repository, target]) => (written.includes(repository) ? [] : [target]));
}

/** Puts a manifest that is there once more under its digest, which changes nothing. */
async function proveWritable(
  target: DigestReference,
  bound: BoundPreflight,
  context: StepContext,
  call: CallOptions,
): Promise<void> {
  const registry = registryFor(context.ports.registries, target.registry);
  try {
    const stored = await registry.fetchManifest(target, call);
    if (stored === undefined) throw new BayplanError("NOT_FOUND", `${formatReference(target)} does not exist.`);
    await registry.putManifest({ registry: target.registry, repository: target.repository }, stored, call);
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    const message = `Nothing of ${bound.step.group} is written, because ${formatRepository(target)} cannot be written to: ${error.message}`;
    throw new BayplanError(error.code, message, { cause: error });
  }
}

interface Problem {
  readonly tag: BoundTag;
  readonly text: string;
}

async function lookAt(tag: BoundTag, context: StepContext, call: CallOptions): Promise<Problem | undefined> {
  const reference = tagReference(tag.target, tag.tag);
  const found = await registryFor(context.ports.registries, reference.registry).resolve(reference, call);
  if (found.state === "denied-or-absent" && context.definition.deniedMeans === "unknown") {
    const message = `The registry does not say what ${formatReference(reference)} is. Check the token, or set deniedMeans: "absent" for a new package.`;
    throw new BayplanError("DENIED", message);
  }
  const wanted = "digest" in tag.expected ? tag.expected.digest : "nothing";
  const shown = found.state === "present" ? found.descriptor.digest : "nothing";
  if (shown === wanted || shown === tag.target.digest) return undefined;
  const text = `${formatReference(reference)} shows ${shown}, the plan saw ${wanted} and would write ${tag.target.digest}`;
  return { tag, text };
}
