import type { Problem } from "../errors.ts";
import { closestName } from "./closest-name.ts";
import { expandRequest } from "./expand-request.ts";
import { expandVersionMatrix } from "./expand-version-matrix.ts";
import type { ImageDefinition, VersionLeg } from "./family.ts";
import type { FamilyConfig, VersionConfig } from "./family-config.ts";
import { show } from "./problems.ts";

/** The legs of a family: one per version, each with the images that are built for it. */
export function expandLegs(
  config: FamilyConfig,
  images: readonly ImageDefinition[],
  problems: Problem[],
): readonly VersionLeg[] {
  const isList = Array.isArray(config.version);
  const versions: readonly VersionConfig[] = isList ? config.version : [config.version as VersionConfig];
  const taken = new Set<string>();
  const legs = versions.flatMap((version, index) => {
    const path = isList ? `version[${index}]` : "version";
    return expandVersionMatrix(version, path, problems).map((leg) => ({ version: leg, path }));
  });
  return legs.map(({ version, path }) => {
    const variant = version.variant ?? "";
    const id = `${version.line ?? version.source}${variant}`;
    if (taken.has(id))
      problems.push({ path, found: `a second version ${show(id)}`, expected: "another line or variant" });
    taken.add(id);
    const request = expandRequest(version, path, problems);
    return { id, ...request, variant, images: legImages(version, path, images, problems) };
  });
}

function legImages(
  version: VersionConfig,
  path: string,
  images: readonly ImageDefinition[],
  problems: Problem[],
): readonly string[] {
  const names = images.map((image) => image.name);
  if (version.images === undefined) return names;
  const wanted = new Set(version.images);
  for (const [index, name] of version.images.entries()) {
    if (names.includes(name)) continue;
    const closest = closestName(name, names);
    const expected = closest === undefined ? `one of ${names.join(", ")}` : `an image; did you mean "${closest}"?`;
    problems.push({ path: `${path}.images[${index}]`, found: show(name), expected });
  }
  for (const image of images) {
    if (!wanted.has(image.name)) continue;
    for (const base of image.bases) {
      if (base.kind !== "image" || wanted.has(base.image) || !names.includes(base.image)) continue;
      problems.push({
        path: `${path}.images`,
        found: `${image.name} without its base ${base.image}`,
        expected: `"${base.image}" in the list too`,
      });
    }
  }
  return names.filter((name) => wanted.has(name));
}
