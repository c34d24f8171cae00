import type { Base, Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import { groupOf } from "../definition/group-of.ts";
import { createImageGraph } from "../graph/create-image-graph.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, tagReference } from "../oci/reference.ts";
import type { FamilyNode, NodeBase } from "./family-nodes.ts";
import { createTagReader } from "./meant-by-node.ts";

/** What of a node follows from the definition and its version alone. */
export type NodeFrame = Pick<
  FamilyNode,
  "id" | "image" | "leg" | "group" | "version" | "exact" | "reference" | "tags" | "bases"
>;

/** The frames of a leg. */
export interface LegFrames {
  readonly leg: VersionLeg;
  /**
   * Bases before what is built on them.
   *
   * @throws BayplanError what `meantTags` throws.
   */
  readonly at: (version: string) => readonly NodeFrame[];
}

/**
 * The frames of each leg. They are kept with the family for the version that was asked last: observing goes over the same
 * nodes several times, and the plan once more, and most of what making a node takes is in its texts.
 *
 * @throws BayplanError as `createImageGraph` does.
 */
export function nodeFrames(family: Family): readonly LegFrames[] {
  const before = known.get(family);
  if (before !== undefined) return before;
  const byName = new Map(family.images.map((image) => [image.name, image]));
  const ordered = createImageGraph(family).order.flatMap((name) => byName.get(name) ?? []);
  const legs = family.legs.map((leg): LegFrames => {
    const wanted = new Set(leg.images);
    const images = ordered.filter(({ name }) => wanted.has(name)).map((image) => narrowed(image, leg));
    let last: { readonly version: string; readonly frames: readonly NodeFrame[] } | undefined;
    const at = (version: string) => {
      if (last?.version !== version) last = { version, frames: framesOf(images, leg, version) };
      return last.frames;
    };
    return { leg, at };
  });
  known.set(family, legs);
  return legs;
}

const known = new WeakMap<Family, readonly LegFrames[]>();

/** The image with the platforms that it has in this leg. */
function narrowed(image: ImageDefinition, { platforms }: VersionLeg): ImageDefinition {
  if (platforms === undefined) return image;
  return { ...image, platforms: image.platforms.filter((platform) => platforms.includes(formatPlatform(platform))) };
}

function framesOf(images: readonly ImageDefinition[], leg: VersionLeg, version: string): readonly NodeFrame[] {
  const tagsOf = createTagReader(leg, version);
  // One text for each id: what is built on a node names it by the same.
  const ids = new Map(images.map(({ name }) => [name, `${name}@${version}`]));
  const idOf = (name: string) => ids.get(name) ?? `${name}@${version}`;
  return images.map((image): NodeFrame => {
    const id = idOf(image.name);
    const tags = tagsOf(image);
    const exact = tagReference(image.repository, tags.main);
    const reference = formatReference(exact);
    const bases = image.bases.length === 0 ? noBases : image.bases.map((base) => nodeBase(base, idOf));
    return { id, image, leg, group: groupOf(image, leg, id), version, exact, reference, tags, bases };
  });
}

const noBases: readonly NodeBase[] = [];

function nodeBase(base: Base, idOf: (image: string) => string): NodeBase {
  const named: NodeBase = base.kind === "image" ? { kind: "node", node: idOf(base.image) } : { kind: "external", base };
  const { stage, platforms } = base;
  if (stage === undefined && platforms === undefined) return named;
  return { ...named, ...(stage === undefined ? {} : { stage }), ...(platforms === undefined ? {} : { platforms }) };
}
