import type { Pep440Version } from "./pep440-version.ts";

const phaseOrder = { a: 0, b: 1, rc: 2 };
const finalOrder = 3;

/**
 * -1 when `left` is the earlier one, 1 when it is the later one, 0 when both are the same version (`1.0` and `1.0.0`, `1.0c1` and `1.0rc1`).
 * A total order: development release, alpha, beta, release candidate, final, post release; a local label comes after
 * the version without one.
 */
export function comparePep440(left: Pep440Version, right: Pep440Version): number {
  return comparePublicPep440(left, right) || compareLocal(left.local, right.local);
}

/** Like {@link comparePep440}, with local labels left out. */
export function comparePublicPep440(left: Pep440Version, right: Pep440Version): number {
  return (
    compareNumbers(left.epoch, right.epoch) ||
    comparePep440Release(left.release, right.release) ||
    Math.sign(phaseOf(left) - phaseOf(right)) ||
    compareNumbers(left.pre?.number ?? 0n, right.pre?.number ?? 0n) ||
    // Without a post release comes before the first one, without a development release after the last one.
    compareNumbers(left.post ?? -1n, right.post ?? -1n) ||
    compareDev(left.dev, right.dev)
  );
}

/** Compares release numbers part by part; a missing part counts as 0. */
export function comparePep440Release(left: readonly bigint[], right: readonly bigint[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = compareNumbers(left[index] ?? 0n, right[index] ?? 0n);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A development release of a final version comes before its alphas, one of an alpha just before that alpha. */
function phaseOf(version: Pep440Version): number {
  if (version.pre !== undefined) return phaseOrder[version.pre.phase];
  return version.dev !== undefined && version.post === undefined ? -1 : finalOrder;
}

function compareDev(left: bigint | undefined, right: bigint | undefined): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return compareNumbers(left, right);
}

function compareLocal(left: Pep440Version["local"], right: Pep440Version["local"]): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = compareSegments(left[index] ?? "", right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return Math.sign(left.length - right.length);
}

/** Numbers come after words. */
function compareSegments(left: string | bigint, right: string | bigint): number {
  if (typeof left === "bigint" && typeof right === "bigint") return compareNumbers(left, right);
  if (typeof left !== typeof right) return typeof left === "bigint" ? 1 : -1;
  return left < right ? -1 : Number(left > right);
}

function compareNumbers(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right);
}
