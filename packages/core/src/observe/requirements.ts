import type { Family } from "../definition/family.ts";
import type { Instant } from "../instant.ts";
import {
  formatReference,
  formatRepository,
  parseReference,
  type Reference,
  type RepositoryName,
  type TagReference,
  tagReference,
} from "../oci/reference.ts";
import { type MeantTag, meantTags } from "../tags/meant-tags.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { type FamilyNode, familyNodes } from "./family-nodes.ts";
import { isMissing, referenceFact, stagedBuild } from "./node-key.ts";
import type { ReleaseState } from "./release-state.ts";

/** Something that must be asked before a plan can be made. */
export type Requirement =
  | { readonly kind: "source"; readonly source: string }
  | { readonly kind: "tags"; readonly repository: RepositoryName }
  /** `platforms`: the manifest of each platform is needed too, because something is built on it. */
  | { readonly kind: "reference"; readonly reference: Reference; readonly platforms: boolean };

/**
 * What must still be asked, given what is known. Pure; called again with the answers until it gives nothing:
 * versions first, then the references they imply, then staging tags of builds whose bases are known.
 */
export function requirements(
  family: Family,
  facts: ReleaseState,
  now: Instant = facts.observedAt,
): readonly Requirement[] {
  const wanted = new Map<string, Requirement>();
  const want = (key: string, requirement: Requirement) => {
    if (!isAnswered(requirement, facts)) wanted.set(key, requirement);
  };
  for (const { source } of [...family.legs, ...Object.values(family.companions)])
    want(`source ${source}`, { kind: "source", source });
  // Companions decide build arguments and so keys: nothing below is asked before all sources have answered.
  if (wanted.size > 0) return [...wanted.values()];

  const { nodes } = familyNodes(family, facts, now);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const references = new Map<string, { reference: Reference; platforms: boolean }>();
  const refer = (reference: Reference, platforms: boolean) => {
    const key = formatReference(reference);
    references.set(key, { reference, platforms: platforms || references.get(key)?.platforms === true });
  };
  for (const node of nodes) {
    refer(node.exact, false);
    for (const reference of tagReferences(node)) refer(reference, false);
    if (movesAliases(node))
      want(`tags ${formatRepository(node.exact)}`, { kind: "tags", repository: repositoryOf(node) });
    if (!isMissing(referenceFact(facts, formatReference(node.exact)), family)) continue;
    for (const base of node.bases) {
      if (base.kind === "external") refer(base.base.reference, true);
      const parent = base.kind === "node" ? byId.get(base.node) : undefined;
      if (parent !== undefined) refer(parent.exact, true);
    }
    const staged = node.image.publish === "staged" ? stagedBuild(node, family, facts, byId) : undefined;
    if (staged !== undefined) refer(parseReference(staged.reference), true);
  }
  for (const [key, { reference, platforms }] of references)
    want(`reference ${key}`, { kind: "reference", reference, platforms });
  return [...wanted.values()];
}

/** Whether nothing of it must be asked any more. */
export function isAnswered(requirement: Requirement, facts: ReleaseState): boolean {
  if (requirement.kind === "source") return Object.hasOwn(facts.sources, requirement.source);
  if (requirement.kind === "tags") return Object.hasOwn(facts.tags, formatRepository(requirement.repository));
  const fact = referenceFact(facts, formatReference(requirement.reference));
  if (fact === undefined) return false;
  return !requirement.platforms || fact.state !== "present" || fact.platforms !== undefined;
}

/**
 * Every tag the node's rules can give it, beside its main exact one: what they show now is what writing them expects.
 * No moving tags that follow other versions, such as those of final releases for a pre-release.
 */
export function tagReferences(node: FamilyNode): readonly TagReference[] {
  const tags = meantByNode(node).map(({ tag }) => tag);
  return [...new Set(tags)].filter((tag) => tag !== node.exact.tag).map((tag) => tagReference(node.exact, tag));
}

function movesAliases(node: FamilyNode): boolean {
  return meantByNode(node).some(({ mutability }) => mutability === "moving");
}

function meantByNode(node: FamilyNode): readonly MeantTag[] {
  const policy = { rules: node.image.tags, scheme: createVersionScheme(node.leg.scheme) };
  return meantTags(policy, { version: node.version, image: node.image.name });
}

function repositoryOf(node: FamilyNode): RepositoryName {
  return { registry: node.exact.registry, repository: node.exact.repository };
}
