import type { ImageDefinition, VersionLeg } from "../definition/family.ts";
import { type MeantTag, meantTags } from "../tags/meant-tags.ts";
import { isExactRule } from "../tags/rule-shape.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";

/** The tags that an image's rules mean for a version. Nodes with the same rules and version share one. */
export interface NodeTags {
  /** The first exact tag: the image is found by it. */
  readonly main: string;
  /** Every tag, in the order of the rules, each as often as rules give it. */
  readonly meant: readonly MeantTag[];
  /** Every tag once, beside the main one. */
  readonly others: readonly string[];
  /** Whether any of them moves, so that the listing of the repository decides. */
  readonly hasMoving: boolean;
}

/**
 * Reads the tag rules of a leg's images for its version, each set of rules once: of thousands of images most share one.
 *
 * @returns What gives the tags of an image; it throws what `meantTags` throws.
 */
export function createTagReader(leg: VersionLeg, version: string): (image: ImageDefinition) => NodeTags {
  const known = new Map<ImageDefinition["tags"], NodeTags>();
  return (image) => {
    const before = known.get(image.tags);
    if (before !== undefined) return before;
    const tags = readTags(image, leg, version);
    if (!isAboutImage(JSON.stringify(image.tags))) known.set(image.tags, tags);
    return tags;
  };
}

/** Whether the rules give images of another name other tags. */
function isAboutImage(rules: string): boolean {
  return rules.includes('"images":') || rules.includes("{image") || rules.includes("{package");
}

function readTags(image: ImageDefinition, leg: VersionLeg, version: string): NodeTags {
  const scheme = createVersionScheme(leg.scheme);
  const context = { version, image: image.name };
  const [exact] = meantTags({ rules: image.tags.filter(isExactRule), scheme }, context);
  const meant = meantTags({ rules: image.tags, scheme }, context);
  // A definition without an exact tag was refused.
  const main = exact?.tag ?? version;
  const others = [...new Set(meant.map(({ tag }) => tag))].filter((tag) => tag !== main);
  return { main, meant, others, hasMoving: meant.some(({ mutability }) => mutability === "moving") };
}
