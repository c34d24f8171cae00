import { isBayplanError, type Problem } from "../errors.ts";
import { type Platform, parsePlatform } from "../oci/platform.ts";
import { parseReference, parseRepository, type RepositoryName } from "../oci/reference.ts";
import { checkInputs, defaultInputs, reservedInputNames } from "./build-inputs.ts";
import { collisionProblems } from "./collision-problems.ts";
import { expandLegs } from "./expand-legs.ts";
import { expandRequest } from "./expand-request.ts";
import { expandTags } from "./expand-tags.ts";
import type { Base, Family, ImageDefinition } from "./family.ts";
import type { FamilyConfig, ImageConfig } from "./family-config.ts";
import { show } from "./problems.ts";

/** The family and everything that is wrong with it beyond its shape. Use the family only when there are no problems. */
export function expandFamily(config: FamilyConfig): { readonly family: Family; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  refuseReservedCompanions(Object.keys(config.companions ?? {}), problems);
  const companions = Object.entries(config.companions ?? {}).map(
    ([name, companion]) => [name, expandRequest(companion, `companions.${name}`, problems)] as const,
  );
  const images = Object.entries(config.images).map(([name, image]) => expandImage(name, image, config, problems));
  const family: Family = {
    name: config.name ?? "family",
    legs: expandLegs(config, images, problems),
    companions: Object.fromEntries(companions),
    images,
    deniedMeans: config.deniedMeans ?? "unknown",
    ref: config.ref ?? "main",
    buildTimeoutMs: (config.buildTimeoutSeconds ?? 5400) * 1000,
    planValidMs: (config.planValidMinutes ?? 60) * 60_000,
    config,
  };
  refuseSharedRepositories(images, problems);
  if (problems.length === 0) problems.push(...collisionProblems(family));
  return { family, problems };
}

function expandImage(name: string, image: ImageConfig, config: FamilyConfig, problems: Problem[]): ImageDefinition {
  const path = `images.${name}`;
  const publish = image.publish ?? config.publish ?? "staged";
  const bases = expandBases(image, config, `${path}.base`, problems);
  const inputs = image.inputs ?? defaultInputs(bases.length > 0);
  problems.push(
    ...checkInputs(inputs, {
      path: `${path}.inputs`,
      publish,
      bases,
      companions: Object.keys(config.companions ?? {}),
    }),
  );
  const repositoryPath = image.repository === undefined ? "repository" : `${path}.repository`;
  const tagsPath = image.tags === undefined ? "tags" : `${path}.tags`;
  return {
    name,
    repository: expandRepository(image.repository ?? config.repository, name, repositoryPath, problems),
    workflow: image.workflow,
    ...(image.gitRepository === undefined ? {} : { gitRepository: image.gitRepository }),
    bases,
    inputs,
    tags: expandTags(image.tags ?? config.tags, tagsPath, problems),
    platforms: expandPlatforms(image, config, path, problems),
    publish,
  };
}

function expandRepository(template: string, image: string, path: string, problems: Problem[]): RepositoryName {
  try {
    return parseRepository(template.replaceAll("{image}", image));
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    if (!problems.some((problem) => problem.path === path)) {
      problems.push({
        path,
        found: show(template),
        expected: `a repository such as ghcr.io/owner/{image}. ${error.message}`,
      });
    }
    return { registry: "", repository: "" };
  }
}

function expandBases(image: ImageConfig, config: FamilyConfig, path: string, problems: Problem[]): readonly Base[] {
  const names = image.base === undefined ? [] : typeof image.base === "string" ? [image.base] : image.base;
  return names.map((name): Base => {
    // Without a registry, tag or digest it can only be meant as an image of the family: the graph says if there is none.
    if (Object.hasOwn(config.images, name) || !/[/:@]/.test(name)) return { kind: "image", image: name };
    try {
      return { kind: "external", reference: parseReference(name) };
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      problems.push({ path, found: show(name), expected: `an image of this family or a reference. ${error.message}` });
      return { kind: "image", image: name };
    }
  });
}

function expandPlatforms(
  image: ImageConfig,
  config: FamilyConfig,
  path: string,
  problems: Problem[],
): readonly Platform[] {
  const texts = image.platforms ?? config.platforms ?? ["linux/amd64"];
  const where = image.platforms === undefined ? "platforms" : `${path}.platforms`;
  return texts.flatMap((text, index) => {
    try {
      return [parsePlatform(text)];
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      const problem = {
        path: `${where}[${index}]`,
        found: show(text),
        expected: "os/architecture, for example linux/arm64",
      };
      if (!problems.some((other) => other.path === problem.path)) problems.push(problem);
      return [];
    }
  });
}

/** In braces these mean something else: a companion of that name would replace it. */
function refuseReservedCompanions(names: readonly string[], problems: Problem[]): void {
  for (const name of names.filter((candidate) => reservedInputNames.includes(candidate))) {
    problems.push({ path: `companions.${name}`, found: "a name that inputs already know", expected: "another name" });
  }
}

function refuseSharedRepositories(images: readonly ImageDefinition[], problems: Problem[]): void {
  const owners = new Map<string, string>();
  for (const image of images) {
    if (image.repository.registry === "") continue;
    const key = `${image.repository.registry}/${image.repository.repository}`;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, image.name);
    else
      problems.push({
        path: `images.${image.name}`,
        found: `the repository ${key}, which is that of ${owner} too`,
        expected: "a repository of its own; put {image} into the repository",
      });
  }
}
