import { addMs, type Instant, instantToMs } from "../instant.ts";
import type { Completeness, VersionCandidate } from "../ports/version-source.ts";
import { isInLine, type Version, type VersionScheme } from "./version-scheme.ts";

/** Which of the published versions is wanted. */
export interface VersionSelector {
  readonly scheme: VersionScheme;
  /** Leading parts, for example `3.14`; `3.1` does not contain 3.14.3. Default: all. */
  readonly line?: string;
  /** Range in the scheme's own notation. Default: all. */
  readonly range?: string;
  /** Only this variant. Default: the empty one. */
  readonly variant?: string;
  /** Whether pre-releases may be picked; a higher final release still wins. Default false. */
  readonly prereleases?: boolean;
  /** A version must have been out for so many days; one without a time is held. Default 0: no gate. */
  readonly minimumAgeDays?: number;
  /** Numeric parts a version must at least have, so that `3.14` never competes with 3.14.3. Default 3. */
  readonly precision?: number;
}

/** Why a candidate was not picked. */
export type RejectionCode =
  | "not-a-version"
  | "too-imprecise"
  | "other-line"
  | "out-of-range"
  | "other-variant"
  | "prerelease"
  | "yanked"
  | "lower";

/** A candidate that was not picked, and why. */
export interface RejectedCandidate {
  readonly raw: string;
  readonly code: RejectionCode;
}

/**
 * The answer, with a reason for every candidate that was not picked. `held`: the best one is too young and no older one
 * is picked in its place by accident; `ambiguous`: two texts mean the same release; `incomplete`: the listing ended early.
 */
export type Selection =
  | { readonly state: "picked"; readonly version: Version; readonly rejected: readonly RejectedCandidate[] }
  | { readonly state: "held"; readonly version: Version; readonly rejected: readonly RejectedCandidate[] }
  | { readonly state: "none"; readonly rejected: readonly RejectedCandidate[] }
  | {
      readonly state: "ambiguous";
      readonly versions: readonly Version[];
      readonly rejected: readonly RejectedCandidate[];
    }
  | { readonly state: "incomplete"; readonly rejected: readonly RejectedCandidate[] };

const dayMs = 86_400_000;

/**
 * Picks the highest version that the selector admits. Pure: the same candidates in any order give the same answer.
 *
 * @param completeness - What the listing said of itself; a truncated one is never judged. Default complete.
 */
export function selectVersion(
  candidates: readonly VersionCandidate[],
  selector: VersionSelector,
  now: Instant,
  completeness: Completeness = { truncated: false },
): Selection {
  const rejected: RejectedCandidate[] = [];
  const admitted: { readonly version: Version; readonly candidate: VersionCandidate }[] = [];
  for (const candidate of candidates) {
    const verdict = judge(candidate, selector);
    if (typeof verdict === "string") rejected.push({ raw: candidate.raw, code: verdict });
    else admitted.push({ version: verdict, candidate });
  }
  if (completeness.truncated) return { state: "incomplete", rejected };
  const { compare } = selector.scheme;
  admitted.sort(
    (left, right) => compare(right.version, left.version) || (left.version.raw < right.version.raw ? -1 : 1),
  );
  const [best] = admitted;
  if (best === undefined) return { state: "none", rejected };
  const highest = admitted.filter((entry) => compare(best.version, entry.version) === 0);
  rejected.push(
    ...admitted.slice(highest.length).map(({ candidate }) => ({ raw: candidate.raw, code: "lower" as const })),
  );
  // A text listed twice is one version; if the listings disagree on its age, the younger one counts.
  const versions = [...new Map(highest.map(({ version }) => [version.raw, version])).values()];
  if (versions.length > 1) return { state: "ambiguous", versions, rejected };
  const isHeld = highest.some(({ candidate }) => isTooYoung(candidate, selector, now));
  return { state: isHeld ? "held" : "picked", version: best.version, rejected };
}

function judge(candidate: VersionCandidate, selector: VersionSelector): Version | RejectionCode {
  const { scheme } = selector;
  const parsed = scheme.parse(candidate.raw);
  if (parsed === undefined) return "not-a-version";
  if (candidate.yanked === true) return "yanked";
  if (parsed.release.length < (selector.precision ?? 3)) return "too-imprecise";
  if (selector.line !== undefined && !isInLine(parsed, selector.line)) return "other-line";
  if (selector.range !== undefined && !scheme.satisfies(parsed, selector.range)) return "out-of-range";
  const isPrerelease = candidate.prerelease === true || !scheme.isStable(parsed);
  if (isPrerelease && selector.prereleases !== true) return "prerelease";
  const variant = selector.variant ?? "";
  const version = parsed.variant === variant ? parsed : scheme.withVariant?.(parsed, variant);
  return version ?? "other-variant";
}

function isTooYoung(candidate: VersionCandidate, selector: VersionSelector, now: Instant): boolean {
  if (selector.minimumAgeDays === undefined || selector.minimumAgeDays === 0) return false;
  if (candidate.releasedAt === undefined) return true;
  return instantToMs(addMs(candidate.releasedAt, selector.minimumAgeDays * dayMs)) > instantToMs(now);
}
