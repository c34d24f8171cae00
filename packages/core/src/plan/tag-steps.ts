import type { Family } from "../definition/family.ts";
import type { Instant } from "../instant.ts";
import type { FamilyNode } from "../observe/family-nodes.ts";
import { isMissing, referenceFact } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, formatRepository, tagReference } from "../oci/reference.ts";
import type { Expected } from "../ports/registry.ts";
import type { Reason, Reasons } from "../reason.ts";
import { type AssignedTag, assignTags } from "../tags/assign-tags.ts";
import type { KnownTags } from "../tags/known-tags.ts";
import { templateNames } from "../tags/render-template.ts";
import type { TagIntervention } from "../tags/tag-intervention.ts";
import { ruleText, type TagRule } from "../tags/tag-rule.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import type { LateDigest, PlannedNode, TagStep } from "./plan.ts";

/** What tags are decided by. */
export interface TagContext {
  readonly family: Family;
  readonly state: ReleaseState;
  readonly now: Instant;
  readonly interventions: readonly TagIntervention[] | undefined;
}

/** The tags a node gets and those it does not. */
export interface NodeTags {
  readonly steps: readonly TagStep[];
  readonly withheld: PlannedNode["withheld"];
}

/**
 * The steps that put a node's tags, most specific first, each after the one before.
 *
 * @param target - The image: known now, or born in an earlier step.
 * @param present - The image's digest if it exists already under its exact tag.
 * @param after - The step that must be done before the first tag is written.
 */
export function tagSteps(
  node: FamilyNode,
  context: TagContext,
  image: {
    readonly target: LateDigest;
    readonly present?: Digest;
    readonly after?: string;
    readonly skipExact: boolean;
  },
): NodeTags {
  const { tags, withheld: notAssigned } = assignedTags(node, context);
  const withheld = [...notAssigned];
  const steps: TagStep[] = [];
  let previous = image.after;
  for (const assigned of tags) {
    if (image.skipExact && assigned.tag === node.exact.tag) continue;
    const decided = decide(node, assigned, image.present, context);
    if (decided.state === "done") continue;
    if (decided.state === "withheld") {
      withheld.push(withhold(assigned.tag, assigned.rule, [decided.reason]));
      continue;
    }
    const step: TagStep = {
      kind: "tag",
      id: `tag:${node.id}:${assigned.tag}`,
      dependsOn: previous === undefined ? [] : [previous],
      group: node.id,
      node: node.id,
      reasons: [...decided.reasons, ...assigned.reasons] as unknown as Reasons,
      repository: node.image.repository,
      target: image.target,
      tag: assigned.tag,
      mutability: assigned.mutability,
      expected: decided.expected,
    };
    steps.push(step);
    previous = step.id;
  }
  // Most nodes withhold nothing: one empty list for all is a tenth less of a large plan.
  return { steps, withheld: withheld.length === 0 ? notAssigned : withheld };
}

interface Assigned {
  /** Most specific first. */
  readonly tags: readonly AssignedTag[];
  readonly withheld: NodeTags["withheld"];
}

/** Where no tag moves, nothing that is published decides: nodes that mean the same tags get the same. */
const unmoving = new WeakMap<FamilyNode["tags"], Assigned>();

function assignedTags(node: FamilyNode, context: TagContext): Assigned {
  const { family, state, now, interventions } = context;
  const isShared = !node.tags.hasMoving && interventions === undefined;
  const shared = !isShared ? undefined : unmoving.get(node.tags);
  if (shared !== undefined) return shared;
  const repository = formatRepository(node.exact);
  const { tags, withheld } = assignTags(
    { rules: node.image.tags, scheme: createVersionScheme(node.leg.scheme) },
    {
      ...{ repository, version: node.version, image: node.image.name, now },
      known: knownTags(family, state, repository),
      ...(interventions === undefined ? {} : { interventions }),
    },
  );
  const assigned = {
    tags: [...tags].sort(bySpecificity),
    withheld: withheld.map((each) => withhold(each.tag, each.rule, each.reasons)),
  };
  if (isShared) unmoving.set(node.tags, assigned);
  return assigned;
}

function withhold(tag: string | undefined, rule: TagRule, reasons: Reasons): PlannedNode["withheld"][number] {
  return { ...(tag === undefined ? {} : { tag }), rule: ruleText(rule), reasons };
}

/** Exact tags first, then moving ones by how many numbers they name; `latest` names none and comes last. */
function bySpecificity(left: AssignedTag, right: AssignedTag): number {
  const rank = ({ rule, mutability }: AssignedTag) =>
    mutability === "immutable" ? 100 : templateNames(ruleText(rule)).length;
  return rank(right) - rank(left);
}

type Decision =
  | { readonly state: "done" }
  | { readonly state: "withheld"; readonly reason: Reason }
  | { readonly state: "write"; readonly expected: Expected; readonly reasons: readonly Reason[] };

function decide(
  node: FamilyNode,
  assigned: AssignedTag,
  present: Digest | undefined,
  { family, state }: TagContext,
): Decision {
  const reference = formatReference(tagReference(node.exact, assigned.tag));
  const fact = referenceFact(state, reference);
  if (isMissing(fact, family)) {
    return { state: "write", expected: { absent: true }, reasons: [{ code: "tag-missing", reference }] };
  }
  if (fact?.state !== "present") {
    const error = fact?.state === "unknown" ? fact.error : "INCOMPLETE";
    const message = fact?.state === "unknown" ? fact.message : "The registry does not say whether it exists.";
    return { state: "withheld", reason: { code: "registry-unknown", reference, error, message } };
  }
  if (fact.digest === present) return { state: "done" };
  if (assigned.mutability === "immutable") {
    if (fact.digest === node.rebuild?.replaces) {
      const expected = { digest: fact.digest };
      return { state: "write", expected, reasons: [{ code: "release-replaced", reference, from: fact.digest }] };
    }
    if (present === undefined)
      return { state: "withheld", reason: { code: "up-to-date", reference, digest: fact.digest } };
    return {
      state: "withheld",
      reason: { code: "immutable-conflict", reference, found: fact.digest, wanted: present },
    };
  }
  const behind =
    present === undefined
      ? []
      : [{ code: "tag-behind", reference, from: { digest: fact.digest }, to: present } as const];
  return { state: "write", expected: { digest: fact.digest }, reasons: behind };
}

function knownTags(family: Family, state: ReleaseState, repository: string): KnownTags {
  const fact = Object.hasOwn(state.tags, repository) ? state.tags[repository] : undefined;
  if (fact?.state === "complete") return fact;
  if (fact?.state === "absent" || isHidden(fact, family, state, repository)) return { state: "complete", tags: [] };
  return { state: "unknown", error: fact?.error ?? "INCOMPLETE" };
}

/**
 * Whether a listing was refused that the definition takes for absent: a repository that is not there yet cannot be
 * listed where nobody is told so. Not if anything in it can be seen, or is unknown for another reason.
 */
function isHidden(
  fact: ReleaseState["tags"][string] | undefined,
  family: Family,
  state: ReleaseState,
  repository: string,
): boolean {
  if (family.deniedMeans !== "absent" || fact?.state !== "unknown") return false;
  // Docker Hub says 401 of what is missing. Credentials that are wrong leave the references unknown as well.
  if (fact.error !== "DENIED" && fact.error !== "UNAUTHORIZED") return false;
  const facts = Object.entries(state.references).flatMap(([reference, answer]) =>
    reference.startsWith(`${repository}:`) || reference.startsWith(`${repository}@`) ? [answer.state] : [],
  );
  return facts.includes("denied-or-absent") && facts.every((one) => one === "denied-or-absent" || one === "absent");
}
