import type { BuildKeyInput } from "../definition/build-key-format.ts";
import type { Family } from "../definition/family.ts";
import { buildKey, stagingTag } from "../graph/build-key.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, tagReference } from "../oci/reference.ts";
import { renderTemplate, templateNames } from "../tags/render-template.ts";
import type { FamilyNode, NodeBase } from "./family-nodes.ts";
import type { ReferenceFact, ReleaseState } from "./release-state.ts";

/** Digest of one image's manifest per platform. */
export type PlatformDigests = Readonly<Record<string, Digest>>;

/** The parts of a node's key that do not depend on its bases. */
export function keyParts(node: FamilyNode, family: Family): Pick<BuildKeyInput, "source" | "args"> {
  const { image } = node;
  const place = { image: image.name, workflow: image.workflow, ref: family.ref };
  const named = image.gitRepository === undefined ? place : { ...place, gitRepository: image.gitRepository };
  const again = node.rebuild?.again;
  const source = again === undefined ? named : { ...named, again };
  return { source, args: fixedInputs(node) };
}

/** The inputs that do not say where to push or what to build on: the build's arguments. */
function fixedInputs(node: FamilyNode): Readonly<Record<string, string>> {
  const values = { ...node.companions, version: node.version, image: node.image.name };
  const fixed: [string, string][] = [];
  for (const [name, template] of Object.entries(node.image.inputs)) {
    const value = templateNames(template).some(isLate) ? undefined : renderTemplate(template, values);
    if (value !== undefined) fixed.push([name, value]);
  }
  return Object.fromEntries(fixed);
}

const isLate = (name: string) => name === "destination" || name === "base" || name.startsWith("base:");

/** Whether an image is built on a base for a platform. */
export function appliesTo({ platforms }: Pick<NodeBase, "platforms">, platform: string): boolean {
  return platforms === undefined || platforms.includes(platform);
}

/** Whether a base lacks a platform that is built on it. */
export function lacksPlatform(node: FamilyNode, base: NodeBase, digests: PlatformDigests): boolean {
  const wanted = node.image.platforms.map(formatPlatform).filter((platform) => appliesTo(base, platform));
  return wanted.some((platform) => !Object.hasOwn(digests, platform));
}

/**
 * Each platform of the image with the manifests it is built on; `undefined` when a base lacks a platform.
 *
 * @param bases - What each of the node's bases is, in their order.
 */
export function platformBases(
  node: FamilyNode,
  bases: readonly PlatformDigests[],
): BuildKeyInput["platforms"] | undefined {
  const isWhole = node.bases.every((base, index) => !lacksPlatform(node, base, bases[index] ?? {}));
  if (!isWhole) return undefined;
  return node.image.platforms.map((platform) => {
    const key = formatPlatform(platform);
    const digests = node.bases.flatMap((base, index) => (appliesTo(base, key) ? (bases[index]?.[key] ?? []) : []));
    return { platform: key, bases: digests };
  });
}

/** The fact about a reference, if it was asked. */
export function referenceFact(state: Pick<ReleaseState, "references">, reference: string): ReferenceFact | undefined {
  return Object.hasOwn(state.references, reference) ? state.references[reference] : undefined;
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
  const known = memory.get(nodes) ?? new Map<string, StagedBuild | undefined>();
  memory.set(nodes, known);
  if (!known.has(node.id)) known.set(node.id, findStagedBuild(node, family, state, nodes));
  return known.get(node.id);
}

/** By the nodes of one look at the facts: every look makes its own, and facts only change between looks. */
const memory = new WeakMap<ReadonlyMap<string, FamilyNode>, Map<string, StagedBuild | undefined>>();

function findStagedBuild(
  node: FamilyNode,
  family: Family,
  state: Pick<ReleaseState, "references">,
  nodes: ReadonlyMap<string, FamilyNode>,
): StagedBuild | undefined {
  const bases = node.bases.map((base) => {
    if (base.kind === "external") return presentPlatforms(referenceFact(state, formatReference(base.base.reference)));
    const parent = nodes.get(base.node);
    return parent === undefined ? undefined : knownPlatforms(parent, family, state, nodes);
  });
  if (!bases.every((base) => base !== undefined)) return undefined;
  const platforms = platformBases(node, bases);
  if (platforms === undefined || node.missingCompanions.length > 0) return undefined;
  const baseNames = node.bases.map((base) =>
    base.kind === "external" ? formatReference(base.base.reference) : (nodes.get(base.node)?.image.name ?? base.node),
  );
  const key = buildKey({ ...keyParts(node, family), platforms, baseNames }, family.buildKeys);
  const reference = formatReference(tagReference(node.exact, stagingTag(key, family.buildKeys)));
  return { key, reference, fact: referenceFact(state, reference) };
}

/** The platforms of a node that exists, under its exact tag or, built but not promoted, under its staging tag. */
export function knownPlatforms(
  node: FamilyNode,
  family: Family,
  state: Pick<ReleaseState, "references">,
  nodes: ReadonlyMap<string, FamilyNode>,
): PlatformDigests | undefined {
  const fact = referenceFact(state, node.reference);
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
