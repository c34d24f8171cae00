import { isBayplanError, type Problem } from "../errors.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { reservedInputNames } from "./build-inputs.ts";
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
    const variant = version.variant ?? fixedVariant(version) ?? "";
    const id = `${version.line ?? version.source}${variant}`;
    if (taken.has(id))
      problems.push({ path, found: `a second version ${show(id)}`, expected: "another line or variant" });
    taken.add(id);
    const request = expandRequest(version, path, problems);
    const names = legImages(version, path, images, problems);
    const values = legValues(version, { path, companions: Object.keys(config.companions ?? {}), problems });
    const platforms = legPlatforms(version, path, problems);
    if (platforms !== undefined) {
      const wanted = new Set(names);
      const built = images.filter((image) => wanted.has(image.name));
      const without = built.find((image) => !image.platforms.some((one) => platforms.includes(formatPlatform(one))));
      if (without !== undefined && platforms.length > 0) {
        const expected = `a platform of ${without.name} too: ${without.platforms.map(formatPlatform).join(", ")}`;
        problems.push({ path, found: `only ${platforms.join(", ")}`, expected });
      }
    }
    return { id, ...request, variant, images: names, values, ...(platforms === undefined ? {} : { platforms }) };
  });
}

/** The variant of a version that is named in full. */
function fixedVariant({ version, scheme }: VersionConfig): string | undefined {
  if (version === undefined) return undefined;
  try {
    return createVersionScheme(scheme).parse(version)?.variant;
  } catch (error) {
    // The request says what is wrong with the scheme.
    if (!isBayplanError(error)) throw error;
    return undefined;
  }
}

function legPlatforms(
  { platforms, matrix }: VersionConfig,
  path: string,
  problems: Problem[],
): readonly string[] | undefined {
  return platforms?.flatMap((text, index) => {
    try {
      return [formatPlatform(parsePlatform(text))];
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      const at = matrix === undefined ? `${path}.platforms[${index}]` : path;
      const problem = { path: at, found: show(text), expected: "os/architecture, for example linux/arm64" };
      if (!problems.some((other) => other.path === at && other.found === problem.found)) problems.push(problem);
      return [];
    }
  });
}

function legValues(
  version: VersionConfig,
  {
    path,
    companions,
    problems,
  }: { readonly path: string; readonly companions: readonly string[]; readonly problems: Problem[] },
): Readonly<Record<string, string>> {
  for (const name of Object.keys(version.values ?? {})) {
    if (!reservedInputNames.includes(name) && !companions.includes(name)) continue;
    problems.push({
      path: `${path}.values.${name}`,
      found: "a name that inputs already know",
      expected: "another name",
    });
  }
  return version.values ?? {};
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
