import type { Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import { groupOf } from "../definition/group-of.ts";
import { type MeantTag, meantTags } from "../tags/meant-tags.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { isInLine } from "../version/version-scheme.ts";
import type { PlannedNode } from "./plan.ts";

/** The node of a step, as the definition knows it. */
export interface StepPlace {
  readonly node: PlannedNode;
  readonly image: ImageDefinition;
  readonly leg: VersionLeg;
  /** Every tag that the image's rules mean for the version. */
  readonly meant: () => readonly MeantTag[];
}

/** What keeps a node out of the definition. */
export type NoPlace = "image" | "version";

/**
 * Finds the place of a node in the definition. Two legs may have its version: then it is the one whose group the step is of.
 * Plans have thousands of steps, so nothing is looked up twice.
 */
export function createPlaceFinder(family: Family): (node: PlannedNode, group: string) => StepPlace | NoPlace {
  const images = new Map(family.images.map((image) => [image.name, image]));
  const legs = new Map<string, VersionLeg[]>();
  for (const leg of family.legs) for (const name of leg.images) legs.set(name, [...(legs.get(name) ?? []), leg]);
  const known = new Map<PlannedNode, readonly StepPlace[]>();
  return (node, group) => {
    const image = images.get(node.image);
    if (image === undefined) return "image";
    if (node.id !== `${image.name}@${node.version}`) return "version";
    const places =
      known.get(node) ??
      (legs.get(image.name) ?? [])
        .filter((leg) => isVersionOf(node.version, leg))
        .map((leg) => ({ node, image, leg, meant: rememberMeant(image, leg, node.version) }));
    known.set(node, places);
    return places.find(({ leg }) => groupOf(image, leg, node.id) === group) ?? places[0] ?? "version";
  };
}

function rememberMeant(image: ImageDefinition, leg: VersionLeg, version: string): () => readonly MeantTag[] {
  let meant: readonly MeantTag[] | undefined;
  return () => {
    meant ??= meantTags({ rules: image.tags, scheme: createVersionScheme(leg.scheme) }, { version, image: image.name });
    return meant;
  };
}

function isVersionOf(raw: string, leg: VersionLeg): boolean {
  if (leg.fixed !== undefined) return raw === leg.fixed;
  const scheme = createVersionScheme(leg.scheme);
  const version = scheme.parse(raw);
  if (version === undefined || version.variant !== leg.variant) return false;
  return leg.line === undefined || isInLine(version, leg.line);
}
