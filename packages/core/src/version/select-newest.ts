import { isBayplanError } from "../errors.ts";
import type { Instant } from "../instant.ts";
import type { Completeness, VersionCandidate } from "../ports/version-source.ts";
import { holdsOf, lowerOf, rankCandidates } from "./rank-candidates.ts";
import { namesOf } from "./select-version.ts";
import type { RejectedCandidate, Selection } from "./selection.ts";
import { openGates } from "./version-gates.ts";
import type { Version } from "./version-scheme.ts";
import type { VersionSelector } from "./version-selector.ts";

/** How many are wanted, and of what. */
export interface NewestOptions {
  readonly now: Instant;
  /** At most so many. */
  readonly count: number;
  /** Only the highest of each line of so many leading parts: 2 gives one of 3.14 and one of 3.13. Default: every release. */
  readonly lineParts?: number;
  /** What the listing said of itself. Default complete. */
  readonly completeness?: Completeness;
}

/** Several versions, highest first, or why there are none; see {@link Selection} for the states. */
export type NewestSelection =
  | {
      readonly state: "picked";
      readonly versions: readonly Version[];
      readonly rejected: readonly RejectedCandidate[];
      readonly staleSince?: Instant;
    }
  | Exclude<Selection, { readonly state: "picked" }>;

/**
 * Picks the newest few that the selector admits, highest first: fewer than `count` when there are no more. All or
 * nothing: one of them under two names is `ambiguous`. The gates are those of `selectVersion`.
 */
export function selectNewest(
  candidates: readonly VersionCandidate[],
  selector: VersionSelector,
  options: NewestOptions,
): NewestSelection {
  const { now, completeness = { truncated: false } } = options;
  const stale = completeness.staleSince === undefined ? {} : { staleSince: completeness.staleSince };
  try {
    const gates = openGates(selector);
    const { ready, waiting, rejected } = rankCandidates(candidates, gates, now);
    if (completeness.truncated) return { state: "incomplete", rejected, ...stale };
    const [held, ...others] = waiting;
    if (ready.length === 0 && held !== undefined) {
      return { state: "held", version: held.version, rejected: [...rejected, ...holdsOf(others)], ...stale };
    }
    const versions: Version[] = [];
    const lines = new Set<string>();
    for (const entry of ready) {
      if (versions.length >= options.count) break;
      const { version } = entry;
      const line = version.release.slice(0, options.lineParts).join(".");
      const isSame = versions.some((known) => gates.scheme.compare(known, version) === 0);
      if (isSame || (options.lineParts !== undefined && lines.has(line))) continue;
      const names = namesOf(entry, ready, gates);
      const because = [...rejected, ...holdsOf(waiting)];
      if (names.length > 1) return { state: "ambiguous", versions: names, rejected: because, ...stale };
      lines.add(line);
      versions.push(names[0] ?? version);
    }
    const lower = ready.filter(({ version }) => !versions.includes(version));
    const reasons = [...rejected, ...holdsOf(waiting), ...lowerOf(lower)];
    if (versions.length === 0) return { state: "none", rejected: reasons, ...stale };
    return { state: "picked", versions, rejected: reasons, ...stale };
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return { state: "error", code: error.code, message: error.message, rejected: [], ...stale };
  }
}
