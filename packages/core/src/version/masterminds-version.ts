/** A version as Go's Masterminds/semver reads it. Numbers are unsigned 64-bit ones, so they are `bigint`. */
export interface MastermindsVersion {
  readonly raw: string;
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Identifiers of the pre-release, as written; empty for a final release. */
  readonly prerelease: readonly string[];
}

const maxLength = 256;
const maxNumber = 2n ** 64n - 1n;
const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const pattern = new RegExp(
  `^v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?(?:-(${identifiers}))?(?:\\+(?:${identifiers}))?$`,
);
const digits = /^[0-9]+$/;

/**
 * The version as Masterminds/semver 3.5 reads it with `NewVersion`: an optional `v`, one to three numbers, which may
 * have leading zeros (`v2025.07.03`). `undefined` when it refuses the text.
 *
 * @see https://github.com/Masterminds/semver/blob/v3.5.0/README.md
 */
export function parseMastermindsVersion(raw: string): MastermindsVersion | undefined {
  if (raw.length > maxLength) return undefined;
  const match = pattern.exec(raw);
  if (match === null) return undefined;
  const [major, minor, patch] = [BigInt(match[1] ?? 0), BigInt(match[2] ?? 0), BigInt(match[3] ?? 0)];
  if (major > maxNumber || minor > maxNumber || patch > maxNumber) return undefined;
  const prerelease = match[4]?.split(".") ?? [];
  const hasLeadingZero = prerelease.some((part) => part.length > 1 && part.startsWith("0") && digits.test(part));
  return hasLeadingZero ? undefined : { raw, major, minor, patch, prerelease };
}

/** -1 when `left` is the earlier one, 1 when it is the later one, 0 when both are the same release (`v1.2` and `1.2.0`). */
export function compareMasterminds(left: MastermindsVersion, right: MastermindsVersion): number {
  return compareMastermindsParts(left, right, 3) || compareMastermindsPrerelease(left.prerelease, right.prerelease);
}

/** Compares the first one, two or three numbers. */
export function compareMastermindsParts(left: MastermindsVersion, right: MastermindsVersion, count: 1 | 2 | 3): number {
  return (
    compareNumbers(left.major, right.major) ||
    (count > 1 ? compareNumbers(left.minor, right.minor) : 0) ||
    (count > 2 ? compareNumbers(left.patch, right.patch) : 0)
  );
}

/** Compares pre-releases; none at all, which is the final release, comes last. */
export function compareMastermindsPrerelease(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return Number(left.length === 0) - Number(right.length === 0);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = compareIdentifiers(left[index] ?? "", right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return Math.sign(left.length - right.length);
}

/** Numbers come before words, and are compared as such. */
function compareIdentifiers(left: string, right: string): number {
  const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
  if (leftNumber !== undefined && rightNumber !== undefined) return compareNumbers(leftNumber, rightNumber);
  if (leftNumber !== undefined || rightNumber !== undefined) return leftNumber === undefined ? 1 : -1;
  return left < right ? -1 : Number(left > right);
}

/** Digits that do not fit into 64 bits are a word there. */
function numberOf(identifier: string): bigint | undefined {
  if (!digits.test(identifier)) return undefined;
  const number = BigInt(identifier);
  return number > maxNumber ? undefined : number;
}

function compareNumbers(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right);
}
