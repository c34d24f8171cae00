import { comparePart, type ReleasePart, releasePart } from "./release-part.ts";

/**
 * Compares texts with numbers in them as people read them: `rc9` before `rc10`, `alpine3.9` before `alpine3.19`. Capitals
 * count only where nothing else differs. A total order: 0 only for equal texts.
 */
export function compareNatural(left: string, right: string): number {
  if (left === right) return 0;
  return (
    compareRuns(runsOf(left.toLowerCase()), runsOf(right.toLowerCase())) ||
    // `rc01` and `RC1`: the same to a reader, but an order must not depend on the listing.
    compareText(left, right)
  );
}

/** Compares lists of words and numbers: numbers before words, a list before its own continuations. */
export function compareIdentifiers(
  left: readonly (string | ReleasePart)[],
  right: readonly (string | ReleasePart)[],
): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = compareIdentifier(left[index] ?? "", right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return Math.sign(left.length - right.length);
}

/** Compares by UTF-16 code units; 0 only for equal texts. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function compareIdentifier(left: string | ReleasePart, right: string | ReleasePart): number {
  if (typeof left !== "string" && typeof right !== "string") return comparePart(left, right);
  if (typeof left === "string" && typeof right === "string") return compareNatural(left, right);
  return typeof left === "string" ? 1 : -1;
}

function runsOf(text: string): readonly (string | ReleasePart)[] {
  const runs = text.match(/\d+|\D+/g) ?? [];
  return runs.map((run) => (/^\d/.test(run) ? releasePart(run) : run));
}

function compareRuns(left: readonly (string | ReleasePart)[], right: readonly (string | ReleasePart)[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const [one, other] = [left[index] ?? "", right[index] ?? ""];
    const bothText = typeof one === "string" && typeof other === "string";
    const difference = bothText ? compareText(one, other) : compareIdentifier(one, other);
    if (difference !== 0) return difference;
  }
  return Math.sign(left.length - right.length);
}
