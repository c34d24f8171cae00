import { BayplanError } from "../errors.ts";
import { compareIdentifiers } from "./compare-natural.ts";
import { compareStage } from "./prerelease-word.ts";
import { compareRelease, releasePart } from "./release-part.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

/** Compares the numbers, then the way to the release, then what came after it. Prefix and variant do not order. */
export function comparePlain(left: Version, right: Version): number {
  return (
    compareRelease(left.release, right.release) ||
    compareStage(left.prerelease, right.prerelease) ||
    compareIdentifiers(left.post ?? [], right.post ?? [])
  );
}

type Operator = "==" | "!=" | ">=" | "<=" | ">" | "<" | "~=" | "~" | "^";

interface Condition {
  readonly operator: Operator;
  readonly bound: Version;
  /** Whether `.*` follows, or nothing precedes: leading numbers. */
  readonly isLine: boolean;
}

const maxLength = 512;
const condition = /^(==|!=|>=|<=|~=|>|<|~|\^|=)?\s*([^\s,<>=!~^]+)$/;

/**
 * Whether a version lies in a range of the plain notation: conditions joined by commas or spaces (all must hold), and
 * `||` (one must). `3.14`, `3.14.*` and `==3.14.*` mean that line, `>= <= > < == !=` compare, `~=1.4` is `>=1.4,==1.*`,
 * `~` and `^` mean what they mean to npm. `<3.15` admits no pre-release of 3.15.
 *
 * @throws BayplanError `INVALID_INPUT` when the range is none.
 */
export function satisfiesPlain(version: Version, range: string, scheme: VersionScheme): boolean {
  return rangeOf(range, scheme).some((conditions) => conditions.every((each) => holds(version, each, scheme.compare)));
}

let last:
  | { readonly range: string; readonly scheme: VersionScheme; readonly parsed: readonly (readonly Condition[])[] }
  | undefined;

/** A listing is judged by one range, so the last one read is worth keeping. */
function rangeOf(range: string, scheme: VersionScheme): readonly (readonly Condition[])[] {
  if (last === undefined || last.range !== range || last.scheme !== scheme) {
    last = { range, scheme, parsed: parseRange(range, scheme) };
  }
  return last.parsed;
}

function parseRange(range: string, scheme: VersionScheme): readonly (readonly Condition[])[] {
  if (range.trim() === "*") return [[]];
  if (range.length > maxLength || range.trim() === "") throw refused(range, scheme);
  return range.split("||").map((group) => {
    const texts = group
      .trim()
      .replaceAll(/([<>=!~^])\s+/g, "$1")
      .split(/\s*,\s*|\s+/);
    return texts.map((text) => parseCondition(text, range, scheme));
  });
}

function parseCondition(text: string, range: string, scheme: VersionScheme): Condition {
  const [, operator = "", value = ""] = condition.exec(text) ?? [];
  const bare = value.replace(/(?:\.[x*])+$/i, "");
  const hasWildcard = bare !== value;
  const bound = value === "" ? undefined : boundOf(bare, scheme);
  const isLineOperator =
    operator === "" || ((operator === "==" || operator === "!=" || operator === "=") && hasWildcard);
  const isTooShort = operator === "~=" && (bound?.release.length ?? 0) < 2;
  if (bound === undefined || (hasWildcard && !isLineOperator) || isTooShort) throw refused(range, scheme);
  const isLine = isLineOperator && bound.prerelease.length === 0 && bound.post === undefined;
  return { operator: operator === "" || operator === "=" ? "==" : (operator as Operator), bound, isLine };
}

/** A bound may have fewer parts than a version of the scheme. */
function boundOf(text: string, scheme: VersionScheme): Version | undefined {
  const parsed = scheme.parse(text);
  if (parsed !== undefined || !/^v?\d+(?:\.\d+)*$/i.test(text)) return parsed;
  const release = text.replace(/^v/i, "").split(".").map(releasePart);
  return { raw: text, release, prerelease: [], variant: "" };
}

function holds(version: Version, { operator, bound, isLine }: Condition, compare: VersionScheme["compare"]): boolean {
  const isPrerelease = version.prerelease.length > 0;
  const isSameRelease = compareRelease(version.release, bound.release) === 0;
  switch (operator) {
    case "==":
      return isLine ? startsWith(version, bound.release) : compare(version, bound) === 0;
    case "!=":
      return !(isLine ? startsWith(version, bound.release) : compare(version, bound) === 0);
    case ">=":
      return compare(version, bound) >= 0;
    case "<=":
      return compare(version, bound) <= 0;
    case ">":
      return compare(version, bound) > 0 && !(isSameRelease && bound.prerelease.length === 0);
    case "<":
      return compare(version, bound) < 0 && !(isSameRelease && isPrerelease && bound.prerelease.length === 0);
    default:
      return compare(version, bound) >= 0 && startsWith(version, fixedParts(operator, bound));
  }
}

/** The leading parts that `~=`, `~` and `^` hold fast. */
function fixedParts(operator: "~=" | "~" | "^", { release }: Version): Version["release"] {
  if (operator === "~=") return release.slice(0, -1);
  if (operator === "~") return release.slice(0, 2);
  const first = release.findIndex((part) => part !== 0);
  return release.slice(0, (first < 0 ? release.length - 1 : first) + 1);
}

function startsWith(version: Version, parts: Version["release"]): boolean {
  return parts.every((part, index) => (version.release[index] ?? 0) === part);
}

function refused(range: string, scheme: VersionScheme): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `${JSON.stringify(range.slice(0, 80))} is no range of the scheme ${scheme.name}. Expected *, a line (3.14) or conditions, for example >=3.14,<3.16.`,
  );
}
