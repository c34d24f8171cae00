import type { Family } from "../definition/family.ts";
import type { Instant } from "../instant.ts";
import type { FamilyNode } from "../observe/family-nodes.ts";
import { isMissing, referenceFact } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, formatRepository, type RepositoryName, tagReference } from "../oci/reference.ts";
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
  /** The rule of each step, for people. */
  readonly rules: readonly string[];
  readonly withheld: PlannedNode["withheld"];
}

/** An image that gets tags. */
export interface TaggedImage {
  /** Known now, or born in an earlier step. */
  readonly target: LateDigest;
  /** Its digest, if it exists already. */
  readonly present?: Digest;
  /** The step that must be done before the first tag is written. */
  readonly after?: string | undefined;
  /** Whether its main exact tag is there, or is written by somebody else. */
  readonly skipExact: boolean;
  /** The copy that is tagged. Default: where it is built. */
  readonly copy?: RepositoryName;
}

/** The steps that put a node's tags in one repository, most specific first, each after the one before. */
export function tagSteps(node: FamilyNode, context: TagContext, image: TaggedImage): NodeTags {
  const place = image.copy ?? node.image.repository;
  const { tags, withheld: notAssigned } = assignedTags(node, place, context);
  const withheld = [...notAssigned];
  const steps: TagStep[] = [];
  const rules: string[] = [];
  let previous = image.after;
  for (const assigned of tags) {
    if (image.skipExact && assigned.tag === node.exact.tag) continue;
    const decided = decide(node, assigned, image, context);
    if (decided.state === "done") continue;
    if (decided.state === "withheld") {
      withheld.push(withhold(assigned.tag, assigned.rule, [decided.reason]));
      continue;
    }
    const step: TagStep = {
      // In the order of canonical JSON, as everything that a plan has many of.
      dependsOn: previous === undefined ? [] : [previous],
      expected: decided.expected,
      group: node.group,
      id: `tag:${node.id}:${image.copy === undefined ? assigned.tag : formatReference(tagReference(place, assigned.tag))}`,
      kind: "tag",
      mutability: assigned.mutability,
      node: node.id,
      reasons: decided.reasons.concat(assigned.reasons) as unknown as Reasons,
      repository: place,
      tag: assigned.tag,
      target: image.target,
    };
    steps.push(step);
    rules.push(ruleText(assigned.rule));
    previous = step.id;
  }
  // Most nodes withhold nothing: one empty list for all is a tenth less of a large plan.
  return { steps, rules, withheld: withheld.length === 0 ? notAssigned : withheld };
}

interface Assigned {
  /** Most specific first. */
  readonly tags: readonly AssignedTag[];
  readonly withheld: NodeTags["withheld"];
}

/** Where no tag moves, nothing that is published decides: nodes that mean the same tags get the same. */
const unmoving = new WeakMap<FamilyNode["tags"], Assigned>();

function assignedTags(node: FamilyNode, place: RepositoryName, context: TagContext): Assigned {
  const { family, state, now, interventions } = context;
  const isShared = !node.tags.hasMoving && interventions === undefined;
  const shared = !isShared ? undefined : unmoving.get(node.tags);
  if (shared !== undefined) return shared;
  const repository = formatRepository(place);
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
  return { reasons, rule: ruleText(rule), ...(tag === undefined ? {} : { tag }) };
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
  { present, copy }: TaggedImage,
  { family, state }: TagContext,
): Decision {
  const reference = formatReference(tagReference(copy ?? node.exact, assigned.tag));
  const fact = referenceFact(state, reference);
  if (isMissing(fact, family)) {
    return { state: "write", expected: { absent: true }, reasons: [{ code: "tag-missing", reference }] };
  }
  if (fact?.state !== "present") {
    const error = fact?.state === "unknown" ? fact.error : "INCOMPLETE";
    const message = fact?.state === "unknown" ? fact.message : "The registry does not say whether it exists.";
    return { state: "withheld", reason: { code: "registry-unknown", error, message, reference } };
  }
  if (fact.digest === present) return { state: "done" };
  if (assigned.mutability === "immutable") {
    // A copy may lag behind by more than one rebuild.
    const isReplaced = copy !== undefined && node.image.rebuilds === "replace";
    if (fact.digest === node.rebuild?.replaces || isReplaced) {
      const expected = { digest: fact.digest };
      return { state: "write", expected, reasons: [{ code: "release-replaced", from: fact.digest, reference }] };
    }
    if (present === undefined)
      return { state: "withheld", reason: { code: "up-to-date", digest: fact.digest, reference } };
    return {
      state: "withheld",
      reason: { code: "immutable-conflict", found: fact.digest, reference, wanted: present },
    };
  }
  const behind =
    present === undefined
      ? []
      : [{ code: "tag-behind", from: { digest: fact.digest }, reference, to: present } as const];
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
