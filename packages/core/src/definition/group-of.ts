import type { ImageDefinition, VersionLeg } from "./family.ts";

/**
 * The group that the steps of a node belong to: its release group in this version, or the node alone. No node's id begins
 * like a release group's.
 */
export function groupOf(
  { release }: Pick<ImageDefinition, "release">,
  leg: Pick<VersionLeg, "id">,
  node: string,
): string {
  return release === undefined ? node : `group:${release.group}@${leg.id}`;
}
