import type { Family, ImageDefinition } from "../definition/family.ts";
import { appliesTo } from "../observe/node-key.ts";
import type { Digest } from "../oci/digest.ts";
import {
  digestReference,
  formatReference,
  formatRepository,
  parseReference,
  type Reference,
  tagReference,
} from "../oci/reference.ts";
import type { BuildStep, Plan, PlannedNode, Step, TagStep } from "../plan/plan.ts";
import type { Expected } from "../ports/registry.ts";

/** An image that builds name by its digest, and where it was found. */
export interface BaseQuestion {
  /** Where it was found, for example under its tag. */
  readonly reference: Reference;
  readonly digest: Digest;
  /** The manifests that keys were made of. */
  readonly platforms: ReadonlyMap<string, Digest>;
  readonly step: string;
}

/** A tag that the plan moves. */
export interface TagQuestion {
  readonly reference: Reference;
  readonly expected: Expected;
  /** What it will show; absent where that is born while executing. */
  readonly target?: Digest;
  /** Where the target lies until then, one of these. */
  readonly sources: readonly Reference[];
  /** Of a tag whose target is not known: what an earlier execution of this plan has put on the same image before it. */
  readonly witness?: Reference;
  readonly step: string;
}

/** What must still be so before anything is done. */
export interface DriftQuestions {
  readonly bases: readonly BaseQuestion[];
  readonly tags: readonly TagQuestion[];
}

/** What a plan rests on: bases of builds that are known by digest, and the tags that it moves. */
export function driftQuestions(plan: Plan, family: Family): DriftQuestions {
  const images = new Map(family.images.map((image) => [image.name, image]));
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const copies = new Map<string, Reference>();
  for (const step of plan.steps) {
    if (step.kind !== "copy" || !("digest" in step.target)) continue;
    const { digest } = step.target;
    copies.set(formatReference(digestReference(step.repository, digest)), digestReference(step.from, digest));
  }
  const facts: PlanFacts = { steps, copies, first: firstTags(plan) };
  return {
    bases: plan.steps.flatMap((step) => (step.kind === "build" ? basesOf(step, nodes, images.get(step.image)) : [])),
    tags: plan.steps.flatMap((step) => (step.kind === "tag" ? [tagOf(step, facts)] : [])),
  };
}

function basesOf(
  step: BuildStep,
  nodes: ReadonlyMap<string, PlannedNode>,
  image: ImageDefinition | undefined,
): readonly BaseQuestion[] {
  return step.bases.flatMap((base, index): readonly BaseQuestion[] => {
    const own = image?.bases[index];
    if (!("digest" in base.target) || own === undefined) return [];
    const { digest } = base.target;
    const external = own.kind === "external" ? own.reference : undefined;
    const reference = external ?? internalReference(nodes.get(step.node)?.bases[index], digest, nodes);
    const platforms = new Map<string, Digest>();
    for (const { platform, bases } of step.key.platforms) {
      const applying = (image?.bases ?? []).filter((each) => appliesTo(each, platform));
      const late = bases.length === applying.length ? bases[applying.indexOf(own)] : undefined;
      if (late !== undefined && "digest" in late) platforms.set(platform, late.digest);
    }
    return [{ reference: reference ?? digestReference(base.repository, digest), digest, platforms, step: step.id }];
  });
}

/** A release that is published is asked for under its tag; one that is only staged, by its digest. */
function internalReference(
  id: string | undefined,
  digest: Digest,
  nodes: ReadonlyMap<string, PlannedNode>,
): Reference | undefined {
  const node = id === undefined ? undefined : nodes.get(id);
  const isPublished = node?.state.state === "built" && node.state.digest === digest;
  if (!isPublished) return undefined;
  try {
    return parseReference(node.reference);
  } catch {
    return undefined;
  }
}

interface PlanFacts {
  readonly steps: ReadonlyMap<string, Step>;
  /** Where an image that is copied comes from, by what it is in the end. */
  readonly copies: ReadonlyMap<string, Reference>;
  readonly first: ReadonlyMap<string, Reference>;
}

function tagOf(step: TagStep, facts: PlanFacts): TagQuestion {
  const { repository, target, expected } = step;
  const common = { reference: tagReference(repository, step.tag), expected, step: step.id };
  if ("digest" in target) {
    const own = digestReference(repository, target.digest);
    const copied = facts.copies.get(formatReference(own));
    return { ...common, target: target.digest, sources: copied === undefined ? [own] : [own, copied] };
  }
  const witness = witnessOf(step, target.fromStep, facts);
  return { ...common, sources: [], ...(witness === undefined ? {} : { witness }) };
}

/** The first immutable tag of each image that is born while executing, in each repository. */
function firstTags(plan: Plan): ReadonlyMap<string, Reference> {
  const first = new Map<string, Reference>();
  for (const step of plan.steps) {
    if (step.kind !== "tag" || step.mutability !== "immutable" || "digest" in step.target) continue;
    const key = `${step.target.fromStep} ${formatRepository(step.repository)}`;
    if (!first.has(key)) first.set(key, tagReference(step.repository, step.tag));
  }
  return first;
}

/** Immutable tags are written before moving ones, the first of them before the others; where the workflow publishes, it has pushed the exact tag by then. */
function witnessOf(step: TagStep, bornIn: string, { steps, first }: PlanFacts): Reference | undefined {
  const written = first.get(`${bornIn} ${formatRepository(step.repository)}`);
  if (written !== undefined) return written;
  const build = steps.get(`build:${step.node}`);
  const isPushed = build?.kind === "build" && build.publish === "direct";
  return isPushed ? tagReference(build.repository, build.exactTag) : undefined;
}
