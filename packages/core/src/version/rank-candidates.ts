import type { Instant } from "../instant.ts";
import type { VersionCandidate } from "../ports/version-source.ts";
import { compareNatural, compareText } from "./compare-natural.ts";
import type { RejectedCandidate } from "./selection.ts";
import { unversionedClass } from "./unversioned-class.ts";
import { type Gates, holdOf, rejectionOf } from "./version-gates.ts";
import type { Version } from "./version-scheme.ts";

/** A version that would do, and the candidates that name it: one release may be listed for several variants. */
export interface RankedVersion {
  readonly version: Version;
  /** The texts that were listed, each with why it must wait. */
  readonly listed: ReadonlyMap<string, RejectedCandidate | undefined>;
}

/** What came of a listing, before one is picked. */
export interface Ranking {
  /** What may be used, highest first; each text once. */
  readonly ready: readonly RankedVersion[];
  /** What would do but must wait, highest first; each text once. */
  readonly waiting: readonly RankedVersion[];
  readonly rejected: readonly RejectedCandidate[];
}

interface Entry {
  readonly candidate: VersionCandidate;
  readonly version: Version;
}

/** Puts every candidate into one of three places. The order of the listing makes no difference. */
export function rankCandidates(candidates: readonly VersionCandidate[], gates: Gates, now: Instant): Ranking {
  const rejected: RejectedCandidate[] = [];
  const read = readAll(candidates, gates, rejected);
  const precision = precisionOf(read, gates);
  const ranked = new Map<string, { version: Version; listed: Map<string, RejectedCandidate | undefined> }>();
  for (const { candidate, version } of read) {
    const { raw } = candidate;
    const reason = imprecision(raw, version, precision) ?? rejectionOf(candidate, version, gates);
    if (reason !== undefined) {
      rejected.push(reason);
      continue;
    }
    const known = ranked.get(version.raw) ?? { version, listed: new Map<string, RejectedCandidate | undefined>() };
    known.listed.set(raw, laterHold(known.listed.get(raw), holdOf(candidate, gates.selector, now)));
    ranked.set(version.raw, known);
  }
  const compare = rankOrder(gates);
  const sorted = [...ranked.values()].sort((left, right) => compare(left.version, right.version));
  // If the listings of one version disagree on its age, the younger one counts.
  const isWaiting = ({ listed }: RankedVersion) => [...listed.values()].some((hold) => hold !== undefined);
  return { ready: sorted.filter((entry) => !isWaiting(entry)), waiting: sorted.filter(isWaiting), rejected };
}

/** Why none of the candidates behind versions that may be used was picked: a higher one was. */
export function lowerOf(entries: readonly RankedVersion[]): readonly RejectedCandidate[] {
  return entries.flatMap(({ listed }) => [...listed.keys()].map((raw) => ({ raw, code: "lower" as const })));
}

/** Why the candidates behind versions that must wait were not picked. */
export function holdsOf(entries: readonly RankedVersion[]): readonly RejectedCandidate[] {
  return entries.flatMap(({ listed }) => {
    const latest = [...listed.values()].reduce(laterHold, undefined);
    return [...listed].flatMap(([raw, hold]) => (latest === undefined ? [] : [{ ...(hold ?? latest), raw }]));
  });
}

function readAll(
  candidates: readonly VersionCandidate[],
  gates: Gates,
  rejected: RejectedCandidate[],
): readonly Entry[] {
  const { scheme, selector, current } = gates;
  const wanted = selector.variant ?? current?.variant ?? "";
  const shape = selector.variantVersions === "float" ? shapeOf(wanted) : undefined;
  const read: Entry[] = [];
  for (const candidate of candidates) {
    const { raw } = candidate;
    const parsed = scheme.parse(raw);
    if (parsed === undefined) {
      rejected.push(notAVersion(raw));
      continue;
    }
    const isWanted = parsed.variant === wanted || (shape !== undefined && shapeOf(parsed.variant) === shape);
    const version = isWanted ? parsed : scheme.withVariant?.(parsed, wanted);
    if (version === undefined) rejected.push({ raw, code: "other-variant" });
    else if (!hasPrefix(version, gates)) rejected.push({ raw, code: "other-prefix" });
    else read.push({ candidate, version });
  }
  return read;
}

function notAVersion(raw: string): RejectedCandidate {
  const named = unversionedClass(raw);
  return { raw, code: "not-a-version", ...(named === undefined ? {} : { class: named }) };
}

/** `alpine3.18`, `alpine3.19` and `alpine` have one shape. */
function shapeOf(variant: string): string {
  return variant.replaceAll(/\d+(?:\.\d+)*/g, "");
}

function hasPrefix({ prefix = "" }: Version, { selector, current }: Gates): boolean {
  const policy = selector.prefix ?? "keep";
  if (typeof policy === "object") return prefix === policy.text;
  if (policy === "keep" && current !== undefined) return prefix === (current.prefix ?? "");
  return withoutV(prefix) === withoutV(current?.prefix ?? "");
}

function withoutV(prefix: string): string {
  return prefix.toLowerCase() === "v" ? "" : prefix;
}

/** How many parts count as one ranking; `undefined` for any. */
function precisionOf(read: readonly Entry[], { scheme, selector, current }: Gates): number | undefined {
  const policy = selector.precision ?? (scheme.precision === "any" ? undefined : scheme.precision);
  if (selector.precision !== undefined || policy === undefined) return selector.precision;
  if (current !== undefined) return current.release.length;
  if (policy !== "longest") return policy;
  return read.reduce((longest, { version }) => Math.max(longest, version.release.length), 0);
}

function imprecision(raw: string, version: Version, precision: number | undefined): RejectedCandidate | undefined {
  if (precision === undefined || version.release.length === precision) return undefined;
  return { raw, code: version.release.length < precision ? "too-imprecise" : "too-precise" };
}

function laterHold(
  left: RejectedCandidate | undefined,
  right: RejectedCandidate | undefined,
): RejectedCandidate | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  // Without a time nothing is known, which counts for more than any time.
  const weight = (hold: RejectedCandidate) => ("until" in hold ? hold.until : "~");
  return compareText(weight(left), weight(right)) >= 0 ? left : right;
}

/** Highest first; of one release the newer variant, then by text, so that the listing's order does not matter. */
function rankOrder({ scheme, selector }: Gates): (left: Version, right: Version) => number {
  const isFloating = selector.variantVersions === "float";
  return (left, right) =>
    scheme.compare(right, left) ||
    (isFloating ? compareNatural(right.variant, left.variant) : 0) ||
    compareText(left.raw, right.raw);
}
