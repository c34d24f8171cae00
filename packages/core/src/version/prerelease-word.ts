import { compareNatural } from "./compare-natural.ts";
import { comparePart, type ReleasePart } from "./release-part.ts";
import type { Version } from "./version-scheme.ts";

/** How far a version is on the way to its release. */
export type Phase = "dev" | "alpha" | "beta" | "rc";

const phases: readonly Phase[] = ["dev", "alpha", "beta", "rc"];
const words: Readonly<Record<Phase, readonly string[]>> = {
  dev: ["dev", "snapshot", "nightly", "canary", "edge", "experimental", "unstable", "insiders", "next"],
  alpha: ["alpha", "a"],
  beta: ["beta", "b", "milestone", "m"],
  rc: ["rc", "c", "cr", "pre", "preview", "prerelease", "ea"],
};
const phaseOfWord: ReadonlyMap<string, Phase> = new Map(
  phases.flatMap((phase) => words[phase].map((word): [string, Phase] => [word, phase])),
);

/**
 * The phase that a word in a version stands for, in capitals or not; `undefined` for other words. One letter alone means
 * nothing: `a1` is an alpha, `-a` is not.
 */
export function phaseOf(word: string, hasNumber = true): Phase | undefined {
  return word.length > 1 || hasNumber ? phaseOfWord.get(word.toLowerCase()) : undefined;
}

/** The phase of a version: `stable` for a final release, `prerelease` when a word tells nothing more. */
export function phaseOfVersion(version: Version): Phase | "prerelease" | "stable" {
  if (version.prerelease.length === 0) return "stable";
  const named = version.prerelease.map((word) => (typeof word === "string" ? phaseInWord(word) : undefined));
  // `3.15.0rc1-dev` is a development build, however close it is.
  if (named.includes("dev")) return "dev";
  return named.find((phase) => phase !== undefined) ?? "prerelease";
}

/** The phase in an identifier such as `rc10` or `SNAPSHOT`. */
function phaseInWord(identifier: string): Phase | undefined {
  const [, word = "", number = ""] = /^([a-z]+)[.]?(\d*)/i.exec(identifier) ?? [];
  return phaseOf(word, number !== "" || word === identifier);
}

/**
 * Compares how far two versions of one release are: development builds, alpha, beta, release candidate, final. Numbers
 * are numbers (`rc9` before `rc10`), and a development build of a candidate comes before it. 0 for two ways of writing
 * one stage, `c1` and `rc1`.
 */
export function compareStage(left: Version["prerelease"], right: Version["prerelease"]): number {
  if (left.length === 0 || right.length === 0) return Math.sign(Number(left.length === 0) - Number(right.length === 0));
  const [one, other] = [stageOf(left[0]), stageOf(right[0])];
  return (
    Math.sign(one.order - other.order) ||
    compareRest(left.slice(1), right.slice(1)) ||
    compareNatural(one.word, other.word)
  );
}

function stageOf(first: string | ReleasePart | undefined): { readonly order: number; readonly word: string } {
  const word = String(first).toLowerCase();
  const phase = phaseOf(word);
  // Development builds have no order among themselves, so each word stays what it is.
  return {
    order: phase === undefined ? phases.length : phases.indexOf(phase),
    word: phase === "dev" ? word : (phase ?? word),
  };
}

function compareRest(left: Version["prerelease"], right: Version["prerelease"]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index], right[index]];
    const difference = kindOf(one) - kindOf(other) || compareSame(one, other);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** A development build comes before what it leads to, everything else after what it continues. */
function kindOf(value: string | ReleasePart | undefined): number {
  if (value === undefined) return 1;
  if (typeof value !== "string") return 2;
  return phaseOf(value) === "dev" ? 0 : 3;
}

function compareSame(left: string | ReleasePart | undefined, right: string | ReleasePart | undefined): number {
  if (typeof left === "string" && typeof right === "string") return compareNatural(left, right);
  if (left === undefined || right === undefined || typeof left === "string" || typeof right === "string") return 0;
  return comparePart(left, right);
}
