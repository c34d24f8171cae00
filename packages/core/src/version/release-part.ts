/** A numeric part of a version: a number where that is exact, otherwise a `bigint`. */
export type ReleasePart = number | bigint;

/** The part that decimal digits mean. Only safe integers are numbers, so that equal parts are always `===`. */
export function releasePart(digits: string | bigint): ReleasePart {
  const value = typeof digits === "string" && digits.length < 16 ? Number(digits) : BigInt(digits);
  if (typeof value === "number") return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Compares two numbers exactly, whatever their types. */
export function comparePart(left: ReleasePart, right: ReleasePart): number {
  return left < right ? -1 : Number(left > right);
}

/** Compares numbers part by part; a missing part counts as 0. */
export function compareRelease(left: readonly ReleasePart[], right: readonly ReleasePart[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = comparePart(left[index] ?? 0, right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
