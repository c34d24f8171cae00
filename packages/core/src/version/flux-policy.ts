import { BayplanError } from "../errors.ts";
import { compareBytewise } from "./flux-byte-order.ts";
import { compareFluxNumbers, type FluxNumber, parseFluxNumber } from "./flux-number.ts";
import { createMastermindsRange } from "./masterminds-range.ts";
import { compareMasterminds, type MastermindsVersion, parseMastermindsVersion } from "./masterminds-version.ts";

/** How an ImagePolicy of Flux ranks tags: exactly one of the three. */
export type FluxPolicy =
  | { readonly semver: { readonly range: string } }
  | { readonly alphabetical: FluxOrder }
  | { readonly numerical: FluxOrder };

/** Which end of the order is the latest one. */
export interface FluxOrder {
  /** `asc`: the last or largest is the latest. Default `asc`, which is also what an empty text means. */
  readonly order?: "" | "asc" | "desc";
}

/** A policy that was checked. */
export interface FluxRanking {
  /**
   * The latest of the values; `undefined` when none fits. Among equal ones the first counts by `semver`, and the last
   * by `numerical`.
   *
   * @throws BayplanError `INVALID_INPUT` when a numerical policy meets a value that is no number.
   */
  latest(values: readonly string[]): string | undefined;
}

/**
 * Reads a policy as Flux's image-reflector-controller does.
 *
 * @throws BayplanError `INVALID_INPUT` for a bad range or order, and when not exactly one kind of policy is given.
 * @see https://fluxcd.io/flux/components/image/imagepolicies/#policy
 */
export function createFluxPolicy(policy: FluxPolicy): FluxRanking {
  const kinds = Object.entries(policy).flatMap(([kind, settings]) => (settings === undefined ? [] : [kind]));
  const kind = kinds.length === 1 ? kinds[0] : undefined;
  if (kind === "semver" && "semver" in policy) return semverRanking(policy.semver.range);
  if (kind === "alphabetical" && "alphabetical" in policy)
    return alphabeticalRanking(isDescending(policy.alphabetical));
  if (kind === "numerical" && "numerical" in policy) return numericalRanking(isDescending(policy.numerical));
  const found = kind === undefined ? `${kinds.length} policies` : `a policy "${kind}"`;
  throw new BayplanError("INVALID_INPUT", `Found ${found}. Give exactly one of semver, alphabetical and numerical.`);
}

/**
 * The version as Flux reads it: like Masterminds/semver, but never with fewer than three numbers. `undefined` otherwise.
 */
export function parseFluxVersion(raw: string): MastermindsVersion | undefined {
  return raw.split(".", 3).length < 3 ? undefined : parseMastermindsVersion(raw);
}

/**
 * The tags that are versions within the range, newest first; equal ones keep their order.
 *
 * @throws BayplanError `INVALID_INPUT` for a range that Flux refuses.
 */
export function sortFluxVersions(range: string, tags: readonly string[]): readonly string[] {
  const fitting = createMastermindsRange(range);
  const versions = tags.flatMap((tag) => parseFluxVersion(tag) ?? []).filter((version) => fitting.contains(version));
  return versions.sort((left, right) => compareMasterminds(right, left)).map(({ raw }) => raw);
}

function semverRanking(text: string): FluxRanking {
  const range = createMastermindsRange(text);
  return {
    latest(values) {
      let latest: MastermindsVersion | undefined;
      for (const value of values) {
        const version = parseFluxVersion(value);
        if (version === undefined || !range.contains(version)) continue;
        if (latest === undefined || compareMasterminds(version, latest) > 0) latest = version;
      }
      return latest?.raw;
    },
  };
}

function alphabeticalRanking(descending: boolean): FluxRanking {
  return {
    latest(values) {
      let latest: string | undefined;
      for (const value of values) {
        const order = latest === undefined ? 0 : compareBytewise(value, latest);
        if (descending ? order <= 0 : order >= 0) latest = value;
      }
      return latest;
    },
  };
}

function numericalRanking(descending: boolean): FluxRanking {
  return {
    latest(values) {
      let latest: { readonly raw: string; readonly number: FluxNumber } | undefined;
      for (const raw of values) {
        const number = numberOf(raw);
        const order = latest === undefined ? 0 : compareFluxNumbers(number, latest.number);
        if (descending ? order <= 0 : order >= 0) latest = { raw, number };
      }
      return latest?.raw;
    },
  };
}

function numberOf(raw: string): FluxNumber {
  const number = parseFluxNumber(raw);
  if (number !== undefined) return number;
  throw new BayplanError(
    "INVALID_INPUT",
    `${JSON.stringify(raw.slice(0, 128))} is no number, and one such value makes Flux's numerical policy fail. Filter it out with filterTags.`,
  );
}

function isDescending(settings: FluxOrder): boolean {
  const order: string = settings.order ?? "";
  if (order === "" || order === "asc" || order === "desc") return order === "desc";
  throw new BayplanError("INVALID_INPUT", `The order is ${JSON.stringify(order)}. Expected asc or desc.`);
}
