import type { BuildKeyInput } from "../definition/build-key-format.ts";
import type { Family } from "../definition/family.ts";
import { buildKey, stagingTag } from "../graph/build-key.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatforms } from "../oci/platform.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import type { FamilyNode, NodeBase } from "./family-nodes.ts";
import { fillInputs } from "./fill-inputs.ts";
import type { ReferenceFact, ReleaseState } from "./release-state.ts";

/** Digest of one image's manifest per platform. */
export type PlatformDigests = Readonly<Record<string, Digest>>;

/** The parts of a node's key that do not depend on its bases. */
export function keyParts(node: FamilyNode, family: Family): Pick<BuildKeyInput, "source" | "args"> {
  const { image } = node;
  const place = { image: image.name, ref: family.ref, workflow: image.workflow };
  const named = image.gitRepository === undefined ? place : { gitRepository: image.gitRepository, ...place };
  const again = node.rebuild?.again;
  return { args: fillInputs(node).args, source: again === undefined ? named : { again, ...named } };
}

/** Whether an image is built on a base for a platform. */
export function appliesTo({ platforms }: Pick<NodeBase, "platforms">, platform: string): boolean {
  return platforms === undefined || platforms.includes(platform);
}

/** Whether a base lacks a platform that is built on it. */
export function lacksPlatform(node: FamilyNode, base: NodeBase, digests: PlatformDigests): boolean {
  return formatPlatforms(node.image.platforms).some(
    (platform) => appliesTo(base, platform) && !Object.hasOwn(digests, platform),
  );
}

/**
 * Each platform of the image with the manifests it is built on.
 *
 * @param bases - What each of the node's bases is, in their order; none lacks a platform.
 */
function platformBases(node: FamilyNode, bases: readonly PlatformDigests[]): BuildKeyInput["platforms"] {
  return formatPlatforms(node.image.platforms).map((platform) => {
    const digests = node.bases.map((base, index) => (appliesTo(base, platform) ? bases[index]?.[platform] : undefined));
    return { bases: digests.filter((digest) => digest !== undefined), platform };
  });
}

/** The fact about a reference, if it was asked. */
export function referenceFact(state: Pick<ReleaseState, "references">, reference: string): ReferenceFact | undefined {
  // A reference has a slash in it: it is called like nothing that every object has.
  return state.references[reference];
}

/** Where the finished build of a node lies before it is promoted, and what the registry said of it. */
export interface StagedBuild {
  readonly key: Digest;
  readonly reference: string;
  readonly fact: ReferenceFact | undefined;
}

/**
 * The key and staging tag of a node, when the digests of all its bases are known now; `undefined` when they are born
 * later or cannot be known.
 */
export function stagedBuild(
  node: FamilyNode,
  family: Family,
  state: Pick<ReleaseState, "references">,
  nodes: ReadonlyMap<string, FamilyNode>,
): StagedBuild | undefined {
  // Bases ask for their own bases: without memory, images built on several others would try every path.
  const known = memory.get(nodes) ?? new Map<string, StagedBuild | "none">();
  const before = known.get(node.id);
  if (before !== undefined) return before === "none" ? undefined : before;
  memory.set(nodes, known);
  const found = findStagedBuild(node, family, state, nodes);
  known.set(node.id, found ?? "none");
  return found;
}

/** By the nodes of one look at the facts: every look makes its own, and facts only change between looks. */
const memory = new WeakMap<ReadonlyMap<string, FamilyNode>, Map<string, StagedBuild | "none">>();

function findStagedBuild(
  node: FamilyNode,
  family: Family,
  state: Pick<ReleaseState, "references">,
  nodes: ReadonlyMap<string, FamilyNode>,
): StagedBuild | undefined {
  if (node.missingCompanions.length > 0) return undefined;
  const bases = node.bases.map((base) => {
    if (base.kind === "external") return presentPlatforms(referenceFact(state, formatReference(base.base.reference)));
    const parent = nodes.get(base.node);
    return parent === undefined ? undefined : knownPlatforms(parent, family, state, nodes);
  });
  if (!isWhole(node, bases)) return undefined;
  const { args, source } = keyParts(node, family);
  const platforms = platformBases(node, bases);
  // Only formats of others ask for names.
  const named = family.buildKeys === undefined ? {} : { baseNames: baseNames(node, nodes) };
  const key = buildKey({ args, platforms, source, ...named }, family.buildKeys);
  const reference = `${formatRepository(node.exact)}:${stagingTag(key, family.buildKeys)}`;
  return { key, reference, fact: referenceFact(state, reference) };
}

/** Whether each base is known and has all platforms that are built on it. */
function isWhole(
  node: FamilyNode,
  bases: readonly (PlatformDigests | undefined)[],
): bases is readonly PlatformDigests[] {
  return node.bases.every((base, index) => {
    const digests = bases[index];
    return digests !== undefined && !lacksPlatform(node, base, digests);
  });
}

function baseNames(node: FamilyNode, nodes: ReadonlyMap<string, FamilyNode>): readonly string[] {
  return node.bases.map((base) =>
    base.kind === "external" ? formatReference(base.base.reference) : (nodes.get(base.node)?.image.name ?? base.node),
  );
}

/** The platforms of a node that exists, under its exact tag or, built but not promoted, under its staging tag. */
export function knownPlatforms(
  node: FamilyNode,
  family: Family,
  state: Pick<ReleaseState, "references">,
  nodes: ReadonlyMap<string, FamilyNode>,
): PlatformDigests | undefined {
  const { fact } = node;
  if (fact?.state === "present" && node.rebuild === undefined) return fact.platforms;
  return (node.rebuild !== undefined || isMissing(fact, family)) && node.image.publish === "staged"
    ? presentPlatforms(stagedBuild(node, family, state, nodes)?.fact)
    : undefined;
}

function presentPlatforms(fact: ReferenceFact | undefined): PlatformDigests | undefined {
  return fact?.state === "present" ? fact.platforms : undefined;
}

/** Whether the registry clearly said "not there", or said "denied, or not there" and the definition takes that as absent. */
export function isMissing(fact: ReferenceFact | undefined, family: Pick<Family, "deniedMeans">): boolean {
  return fact?.state === "absent" || (fact?.state === "denied-or-absent" && family.deniedMeans === "absent");
}
