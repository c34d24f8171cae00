import { satisfiesPlain } from "./plain-order.ts";
import { comparePart, releasePart } from "./release-part.ts";
import type { VersionScheme } from "./version-scheme.ts";

const maxLength = 4096;

/** Decimals of any length, compared exactly: `9007199254740993` comes after `…992`. `3.10` is `3.1`. */
export const numericScheme: VersionScheme = {
  name: "numeric",
  parse(raw) {
    const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(raw.length > maxLength ? "" : raw) ?? [];
    if (whole === undefined) return undefined;
    return { raw, release: [releasePart(whole)], prerelease: [], variant: "", post: [fraction.replace(/0+$/, "")] };
  },
  compare: (left, right) =>
    comparePart(left.release[0] ?? 0, right.release[0] ?? 0) ||
    // Digits behind the point, without zeros at the end, order like texts.
    compareCodePoints(String(left.post?.[0] ?? ""), String(right.post?.[0] ?? "")),
  isStable: () => true,
  satisfies: (version, range) => satisfiesPlain(version, range, numericScheme),
};

/** Any text, in the order of its UTF-8 bytes. A range is `*` or the text itself. */
export const alphabeticalScheme: VersionScheme = {
  name: "alphabetical",
  parse: (raw) =>
    raw === "" || raw.length > maxLength ? undefined : { raw, release: [], prerelease: [], variant: "" },
  compare: (left, right) => compareCodePoints(left.raw, right.raw),
  isStable: () => true,
  satisfies: (version, range) => range === "*" || range === version.raw,
};

/** Any text; none comes after another, so only a range that names one (or a list of one) picks it. */
export const exactScheme: VersionScheme = { ...alphabeticalScheme, name: "exact", isOrdered: false };

/** The order of UTF-8 bytes, which is that of code points and not of JavaScript's strings. */
function compareCodePoints(left: string, right: string): number {
  const [one, other] = [Array.from(left), Array.from(right)];
  for (let index = 0; index < Math.min(one.length, other.length); index += 1) {
    const difference = (one[index]?.codePointAt(0) ?? 0) - (other[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(one.length - other.length);
}
