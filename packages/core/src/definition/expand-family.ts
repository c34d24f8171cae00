import { isBayplanError, type Problem } from "../errors.ts";
import { formatPlatform, type Platform, parsePlatform } from "../oci/platform.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { checkInputs, defaultInputs, reservedInputNames } from "./build-inputs.ts";
import { collisionProblems } from "./collision-problems.ts";
import { argumentProblems, mergeArguments, putArguments } from "./expand-arguments.ts";
import { expandBases } from "./expand-bases.ts";
import { expandCopies, expandRepository, sharedRepositoryProblems } from "./expand-copies.ts";
import { expandLegs } from "./expand-legs.ts";
import { expandRelease, releaseProblems } from "./expand-release.ts";
import { expandCompanion } from "./expand-request.ts";
import { expandTags } from "./expand-tags.ts";
import { expandTest, testProblems } from "./expand-test.ts";
import type { Family, ImageDefinition, VersionLeg } from "./family.ts";
import type { FamilyConfig, ImageConfig } from "./family-config.ts";
import { show } from "./problems.ts";
import { shareSettings } from "./share-settings.ts";

/** The family and everything that is wrong with it beyond its shape. Use the family only when there are no problems. */
export function expandFamily(config: FamilyConfig): { readonly family: Family; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  refuseReservedCompanions(Object.keys(config.companions ?? {}), problems);
  const companions = Object.entries(config.companions ?? {}).map(
    ([name, companion]) => [name, expandCompanion(companion, `companions.${name}`, problems)] as const,
  );
  const expanded = Object.entries(config.images).map(([name, image]) => expandImage(name, image, config, problems));
  const legs = expandLegs(config, expanded, problems);
  const legsOf = legsByImage(legs);
  for (const image of expanded)
    pushNew(problems, [...adoptProblems(image), ...inputProblems(image, config, legsOf.get(image.name) ?? [])]);
  const images = shareSettings(expanded.map((image) => ({ ...image, inputs: putArguments(image.inputs, image.args) })));
  problems.push(...releaseProblems(images));
  const family: Family = {
    name: config.name ?? "family",
    legs,
    companions: Object.fromEntries(companions),
    images,
    deniedMeans: config.deniedMeans ?? "unknown",
    ref: config.ref ?? "main",
    buildTimeoutMs: buildTimeoutMs(config),
    planValidMs: (config.planValidMinutes ?? 60) * 60_000,
    ...(config.maxAgeDays === undefined ? {} : { maxAgeDays: config.maxAgeDays }),
    ...(config.retention === undefined ? {} : { retention: config.retention }),
    config,
  };
  problems.push(...sharedRepositoryProblems(images));
  if (problems.length === 0) problems.push(...collisionProblems(family));
  return { family, problems };
}

function buildTimeoutMs({ buildTimeoutSeconds = 5400 }: FamilyConfig): number {
  return buildTimeoutSeconds * 1000;
}

function expandImage(name: string, image: ImageConfig, config: FamilyConfig, problems: Problem[]): ImageDefinition {
  const path = `images.${name}`;
  const publish = image.publish ?? config.publish ?? "staged";
  const defaults = config.defaults ?? {};
  const platforms = expandPlatforms(image, config, path, problems);
  const bases = expandBases(image.base ?? defaults.base, {
    path: image.base === undefined && defaults.base !== undefined ? "defaults.base" : `${path}.base`,
    images: config.images,
    platforms: platforms.map(formatPlatform),
    problems,
  });
  const args = mergeArguments(config.args, image.args);
  const has = { base: bases.length > 0, args: Object.keys(args).length > 0 };
  const gitRepository = image.gitRepository ?? defaults.gitRepository;
  const adopt = image.adopt ?? config.adopt ?? "trust";
  const release = image.release ?? config.release;
  const test = expandTest(image.test ?? config.test, { gitRepository, timeoutMs: buildTimeoutMs(config) });
  const copiesPath = image.copies === undefined ? "copies" : `${path}.copies`;
  const copies = expandCopies(image.copies ?? config.copies ?? [], name, { path: copiesPath, problems });
  const repositoryPath = image.repository === undefined ? "repository" : `${path}.repository`;
  const tagsPath = image.tags === undefined ? "tags" : `${path}.tags`;
  return {
    name,
    repository:
      expandRepository(image.repository ?? config.repository, name, { path: repositoryPath, problems }) ?? nowhere,
    workflow: image.workflow ?? defaults.workflow ?? "",
    ...(gitRepository === undefined ? {} : { gitRepository }),
    bases,
    inputs: image.inputs ?? defaults.inputs ?? defaultInputs(has),
    args,
    tags: expandTags(image.tags ?? config.tags, tagsPath, problems),
    platforms,
    publish,
    adopt,
    drift: image.drift ?? config.drift ?? "ignore",
    rebuilds: image.rebuilds ?? config.rebuilds ?? "keep",
    ...(release === undefined ? {} : { release: expandRelease(release) }),
    ...(test === undefined ? {} : { test }),
    ...(copies.length === 0 ? {} : { copies }),
  };
}

/** In the place of a repository that could not be read: the definition is refused. */
const nowhere: RepositoryName = { registry: "", repository: "" };

/** What the family says wrong of every image is said once. */
function pushNew(problems: Problem[], more: readonly Problem[]): void {
  for (const problem of more) {
    const isKnown = problem.path.startsWith("test.") && problems.some(({ path }) => path === problem.path);
    if (!isKnown) problems.push(problem);
  }
}

/** Once for all: families have thousands of images. */
function legsByImage(legs: readonly VersionLeg[]): ReadonlyMap<string, readonly VersionLeg[]> {
  const byImage = new Map<string, VersionLeg[]>();
  for (const leg of legs) {
    for (const name of leg.images) {
      const own = byImage.get(name);
      if (own === undefined) byImage.set(name, [leg]);
      else own.push(leg);
    }
  }
  return byImage;
}

/** What is wrong with the inputs and build arguments of an image, once its versions are known. */
function inputProblems(image: ImageDefinition, config: FamilyConfig, own: readonly VersionLeg[]): readonly Problem[] {
  const path = `images.${image.name}`;
  const values = Object.keys(own[0]?.values ?? {}).filter((name) =>
    own.every((leg) => Object.hasOwn(leg.values, name)),
  );
  const named = [...Object.keys(config.companions ?? {}), ...values];
  const { args, bases, publish } = image;
  const wrong = checkInputs(image.inputs, { path: `${path}.inputs`, publish, bases, named, args: Object.keys(args) });
  const ofArguments = argumentProblems(args, image.inputs, { path, known: ["version", "image", ...named] });
  const testPath = config.images[image.name]?.test === undefined ? "test.inputs" : `${path}.test.inputs`;
  const ofTest = image.test === undefined ? [] : testProblems(image.test, { path: testPath, named });
  return [...wrong, ...ofArguments, ...ofTest];
}

/** Images that would be built again for ever, or never, though the definition says that they are. */
function adoptProblems({ name, adopt, publish, rebuilds }: ImageDefinition): readonly Problem[] {
  if (adopt !== "rebuild") return [];
  const problem = (found: string, expected: string) => [{ path: `images.${name}.adopt`, found, expected }];
  const found = (what: string) => `adopt: "rebuild" with ${what}`;
  // Without a staging tag nothing says of an image that it was built already.
  if (publish === "direct") return problem(found('publish: "direct"'), 'publish: "staged", or adopt: "verify"');
  return rebuilds === "keep" ? problem(found('rebuilds: "keep"'), 'rebuilds: "replace" beside it') : [];
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
