import { BayplanError } from "../errors.ts";
import { canonicalJson, type JsonValue } from "../oci/canonical-json.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import type { Comparison, ComparisonLevel, ImageDifference } from "./comparison.ts";
import type { ImageFacts, PlatformFacts } from "./image-facts.ts";
import { normaliseConfig } from "./normalise-config.ts";

/** What a comparison is limited to. */
export interface CompareOptions {
  /** Only this platform, for example `linux/arm64`, at every level but `index`. Default: every platform of either image. */
  readonly platform?: string;
}

type PairDifference = (left: PlatformFacts, right: PlatformFacts) => readonly ImageDifference[];

const byLevel: Readonly<Record<Exclude<ComparisonLevel, "index">, PairDifference>> = {
  "platform-manifests": manifests,
  manifest: manifests,
  config: (left, right) => {
    if (left.config.digest === right.config.digest) return [];
    return [{ kind: "config", platform: left.platform, left: left.config.digest, right: right.config.digest }];
  },
  "config-normalised": configFields,
  layers: (left, right) => {
    const digests = (facts: PlatformFacts) => facts.layers.map(({ digest }) => digest);
    return lists("layer", left, [digests(left), digests(right)]);
  },
  rootfs: (left, right) => lists("diff-id", left, [left.diffIds, right.diffIds]),
  "base-prefix": (left, right) => lists("diff-id", left, [left.diffIds.slice(0, right.diffIds.length), right.diffIds]),
};

/** The levels that say "the same", the strictest first: who is equal at one is equal at all after it. */
const strictness = ["index", "platform-manifests", "config", "config-normalised", "rootfs"] as const;

/**
 * Whether two images are the same at a level, and if not, how they differ. Differences are data; what cannot be compared
 * is an error, never equal.
 *
 * @throws BayplanError `NOT_FOUND` when one of them is missing (`undefined`); `INCOMPLETE` when there is nothing to compare:
 * no platform, no layers on either side, an unreadable list of them; `INVALID_INPUT` for the level `manifest` where the
 * platform is not clear; `RESPONSE_INVALID` for a config with text that is no Unicode.
 */
export function compareImages(
  left: ImageFacts | undefined,
  right: ImageFacts | undefined,
  level: ComparisonLevel,
  options: CompareOptions = {},
): Comparison {
  if (left === undefined || right === undefined) {
    const side = left === undefined ? "left" : "right";
    throw new BayplanError(
      "NOT_FOUND",
      `The ${side} image is missing: there is nothing to compare at the level ${level}.`,
    );
  }
  if (level === "index") {
    const equal = left.digest === right.digest;
    return answer(level, equal ? [] : [{ kind: "digest", left: left.digest, right: right.digest }]);
  }
  const wanted = wantedPlatforms(left, right, { level, options });
  const differences = wanted.flatMap((platform): readonly ImageDifference[] => {
    const [ours, theirs] = [entriesOf(left, platform), entriesOf(right, platform)];
    if (ours.length === 0 || theirs.length === 0) {
      return [{ kind: "platform", platform, missing: ours.length === 0 ? "left" : "right" }];
    }
    // Several entries for one platform (Windows releases) are compared in the order of the index.
    if (ours.length !== theirs.length) {
      return [{ kind: "platform", platform, missing: ours.length < theirs.length ? "left" : "right" }];
    }
    return ours.flatMap((facts, place) => {
      const other = theirs[place] ?? facts;
      refuseEmpty(facts, other, level);
      return byLevel[level](facts, other);
    });
  });
  return answer(level, differences);
}

/**
 * The strictest level at which two images are equal, of `index`, `platform-manifests`, `config`, `config-normalised` and
 * `rootfs`; `undefined` when they are equal at none. `layers` is not among them: images may be packed alike and run
 * differently, and the other way round.
 *
 * @throws BayplanError as {@link compareImages} does.
 */
export function strictestEqualLevel(
  left: ImageFacts | undefined,
  right: ImageFacts | undefined,
  options: CompareOptions = {},
): ComparisonLevel | undefined {
  return strictness.find((level) => compareImages(left, right, level, options).equal);
}

function answer(level: ComparisonLevel, differences: readonly ImageDifference[]): Comparison {
  return { level, equal: differences.length === 0, differences };
}

function wantedPlatforms(
  left: ImageFacts,
  right: ImageFacts,
  { level, options }: { readonly level: ComparisonLevel; readonly options: CompareOptions },
): readonly string[] {
  const ours = left.platforms.map(({ platform }) => platform);
  const theirs = right.platforms.map(({ platform }) => platform);
  if (ours.length === 0 || theirs.length === 0) {
    const { reference } = ours.length === 0 ? left : right;
    throw new BayplanError("INCOMPLETE", `${reference} has no platform that runs: there is nothing to compare.`);
  }
  if (options.platform !== undefined) {
    const platform = formatPlatform(parsePlatform(options.platform));
    if (ours.includes(platform) || theirs.includes(platform)) return [platform];
    const message = `Neither ${left.reference} nor ${right.reference} has the platform ${platform}: there is nothing to compare.`;
    throw new BayplanError("INCOMPLETE", message);
  }
  // A base may well exist for more platforms than what is built on it.
  const all = [...new Set(level === "base-prefix" ? ours : [...ours, ...theirs])];
  if (level === "manifest" && all.length > 1) {
    const message = `The level manifest compares one platform. Name it in options.platform: ${all.join(", ")}.`;
    throw new BayplanError("INVALID_INPUT", message);
  }
  return all;
}

function entriesOf(image: ImageFacts, platform: string): readonly PlatformFacts[] {
  return image.platforms.filter((facts) => facts.platform === platform);
}

/** Two images without layers share nothing that could be the same; both lists may just not have been readable. */
function refuseEmpty(left: PlatformFacts, right: PlatformFacts, level: ComparisonLevel): void {
  const lengths = {
    layers: [left.layers.length, right.layers.length],
    rootfs: [left.diffIds.length, right.diffIds.length],
    "base-prefix": [right.diffIds.length],
    "config-normalised": [Object.keys(left.configDocument).length, Object.keys(right.configDocument).length],
  }[level as string];
  if (lengths === undefined || lengths.some((length) => length > 0)) return;
  const message = `Neither image lists anything for ${left.platform} at the level ${level}: there is nothing to compare.`;
  throw new BayplanError("INCOMPLETE", message);
}

function manifests(left: PlatformFacts, right: PlatformFacts): readonly ImageDifference[] {
  if (left.digest === right.digest) return [];
  return [{ kind: "manifest", platform: left.platform, left: left.digest, right: right.digest }];
}

function lists(
  kind: "layer" | "diff-id",
  { platform }: PlatformFacts,
  [left, right]: readonly [readonly string[], readonly string[]],
): readonly ImageDifference[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => index).flatMap((index) => {
    if (left[index] === right[index]) return [];
    return [{ kind, platform, index, ...said("left", left[index]), ...said("right", right[index]) }];
  });
}

function configFields(left: PlatformFacts, right: PlatformFacts): readonly ImageDifference[] {
  const [ours, theirs] = [fieldsOf(left), fieldsOf(right)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  return names.flatMap((field): readonly ImageDifference[] => {
    const [mine, other] = [ours.get(field), theirs.get(field)];
    if (mine !== undefined && other !== undefined && comparable(mine, left) === comparable(other, right)) return [];
    return [{ kind: "config-field", platform: left.platform, field, ...said("left", mine), ...said("right", other) }];
  });
}

/** A config may hold half a character, or lists in lists without end: neither has one spelling. */
function comparable(value: JsonValue, { platform, config }: PlatformFacts): string {
  try {
    return canonicalJson(value);
  } catch {
    const message = `The config ${config.digest} of ${platform} holds something that cannot be compared.`;
    throw new BayplanError("RESPONSE_INVALID", message);
  }
}

/** A config taken apart as far as a person would point at it: settings one by one, entries of the history one by one. */
function fieldsOf({ configDocument }: PlatformFacts): ReadonlyMap<string, JsonValue> {
  const fields = Object.entries(normaliseConfig(configDocument)).flatMap(([key, value]): [string, JsonValue][] => {
    if (typeof value !== "object" || value === null) return [[key, value]];
    if (Array.isArray(value)) return value.map((item: JsonValue, index) => [`${key}[${index}]`, item]);
    return Object.entries(value).map(([name, member]) => [`${key}.${name}`, member]);
  });
  return new Map(fields);
}

function said<Side extends string, Value>(side: Side, value: Value | undefined): { readonly [key in Side]?: Value } {
  return value === undefined ? {} : ({ [side]: value } as { readonly [key in Side]?: Value });
}
