import type { Family } from "../definition/family.ts";
import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import {
  type DigestReference,
  digestReference,
  formatReference,
  formatRepository,
  parseReference,
  type Reference,
  type RepositoryName,
  type TagReference,
  tagReference,
} from "../oci/reference.ts";
import { applyOrders } from "./apply-orders.ts";
import type { BuildOrders } from "./build-orders.ts";
import { askDrift } from "./drift-requirements.ts";
import { type FamilyNode, familyNodes } from "./family-nodes.ts";
import { imageFact, imageKey } from "./image-fact.ts";
import { isMissing, referenceFact, stagedBuild } from "./node-key.ts";
import type { ReleaseState } from "./release-state.ts";

/** Something that must be asked before a plan can be made. */
export type Requirement =
  | { readonly kind: "source"; readonly source: string }
  | { readonly kind: "tags"; readonly repository: RepositoryName }
  /** `platforms`: the manifest of each platform is needed too, because something is built on it. */
  | { readonly kind: "reference"; readonly reference: Reference; readonly platforms: boolean }
  /** What an image tells about itself and about what it is built on. */
  | { readonly kind: "image"; readonly reference: DigestReference };

/**
 * What must still be asked, given what is known. Pure; called again with the answers until it gives nothing:
 * versions first, then the references they imply, then staging tags of builds whose bases are known.
 *
 * @param orders - What the plan will be made with, where that builds more than what is missing or stale.
 */
export function requirements(
  family: Family,
  facts: ReleaseState,
  now: Instant = facts.observedAt,
  orders: BuildOrders = {},
): readonly Requirement[] {
  const wanted = new Map<string, Requirement>();
  const want = (key: string, requirement: Requirement) => {
    if (!isAnswered(requirement, facts)) wanted.set(key, requirement);
  };
  for (const source of askedSources(family)) want(`source ${source}`, { kind: "source", source });
  // Companions decide build arguments and so keys: nothing below is asked before all sources have answered.
  if (wanted.size > 0) return [...wanted.values()];

  const { nodes } = familyNodes(family, facts, now);
  const byId = applyOrders(nodes, { family, state: facts, now, orders });
  const references = new Map<string, { reference: Reference; platforms: boolean }>();
  const refer = (reference: Reference, platforms: boolean) => {
    const key = formatReference(reference);
    references.set(key, { reference, platforms: platforms || references.get(key)?.platforms === true });
  };
  const describe = (repository: RepositoryName, digest: Digest) =>
    want(`image ${imageKey(repository, digest)}`, { kind: "image", reference: digestReference(repository, digest) });
  const context = { family, state: facts, nodes: byId };
  for (const node of byId.values()) {
    refer(node.exact, false);
    for (const reference of tagReferences(node)) refer(reference, false);
    if (node.tags.hasMoving)
      for (const repository of repositoriesOf(node))
        want(`tags ${formatRepository(repository)}`, { kind: "tags", repository });
    askDrift(node, context, { refer, describe });
    if (node.rebuild === undefined && !isMissing(node.fact, family)) continue;
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

/** Names of the sources that must be asked, each once: none for versions that are fixed. */
export function askedSources(family: Pick<Family, "legs" | "companions">): readonly string[] {
  const requests = [...family.legs, ...Object.values(family.companions)];
  return [...new Set(requests.flatMap(({ source, fixed }) => (fixed === undefined ? [source] : [])))];
}

/** Whether nothing of it must be asked any more. */
export function isAnswered(requirement: Requirement, facts: ReleaseState): boolean {
  if (requirement.kind === "source") return Object.hasOwn(facts.sources, requirement.source);
  if (requirement.kind === "tags") return Object.hasOwn(facts.tags, formatRepository(requirement.repository));
  if (requirement.kind === "image") {
    const { reference } = requirement;
    return imageFact(facts, reference, reference.digest) !== undefined;
  }
  const fact = referenceFact(facts, formatReference(requirement.reference));
  if (fact === undefined) return false;
  return !requirement.platforms || fact.state !== "present" || fact.platforms !== undefined;
}

/**
 * Every tag the node's rules can give it in all its repositories, beside its main exact one where it is built: what they
 * show now is what writing them expects. No moving tags that follow other versions, such as those of final releases for a
 * pre-release.
 */
export function tagReferences({ exact, image, tags }: FamilyNode): readonly TagReference[] {
  const own = tags.others.map((tag) => tagReference(exact, tag));
  if (image.copies === undefined) return own;
  const all = [tags.main, ...tags.others];
  return [...own, ...image.copies.flatMap((copy) => all.map((tag) => tagReference(copy, tag)))];
}

function repositoriesOf({ image }: FamilyNode): readonly RepositoryName[] {
  return image.copies === undefined ? [image.repository] : [image.repository, ...image.copies];
}
