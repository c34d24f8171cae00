import type { Problem } from "../errors.ts";
import type { ReleaseGroup } from "./family.ts";
import type { ReleaseConfig } from "./family-config.ts";
import { show } from "./problems.ts";

/** The release group that a short form stands for. */
export function expandRelease(config: string | ReleaseConfig): ReleaseGroup {
  const { group, onFailure = "gate" } = typeof config === "string" ? { group: config } : config;
  return { group, onFailure };
}

/** Groups that two images want to end in different ways when one of their members fails. */
export function releaseProblems(
  images: readonly { readonly name: string; readonly release?: ReleaseGroup }[],
): readonly Problem[] {
  const first = new Map<string, { readonly name: string; readonly release: ReleaseGroup }>();
  return images.flatMap(({ name, release }): readonly Problem[] => {
    if (release === undefined) return [];
    const known = first.get(release.group);
    if (known === undefined) first.set(release.group, { name, release });
    if (known === undefined || known.release.onFailure === release.onFailure) return [];
    const found = `${show(release.onFailure)} for the group ${release.group}`;
    const expected = `${show(known.release.onFailure)}, as ${known.name} says of the same group`;
    return [{ path: `images.${name}.release`, found, expected }];
  });
}
