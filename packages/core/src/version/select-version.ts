import { isBayplanError } from "../errors.ts";
import type { Instant } from "../instant.ts";
import type { Completeness, VersionCandidate } from "../ports/version-source.ts";
import { holdsOf, lowerOf, type RankedVersion, type Ranking, rankCandidates } from "./rank-candidates.ts";
import type { Selection } from "./selection.ts";
import { type Gates, openGates } from "./version-gates.ts";
import type { Version } from "./version-scheme.ts";
import type { VersionSelector } from "./version-selector.ts";

/**
 * Picks the highest version that the selector admits. Pure: the same candidates in any order give the same answer, and
 * a selector that cannot be followed is an answer too (`error`), never an exception.
 *
 * @param completeness - What the listing said of itself; a truncated one is never judged. Default complete.
 */
export function selectVersion(
  candidates: readonly VersionCandidate[],
  selector: VersionSelector,
  now: Instant,
  completeness: Completeness = { truncated: false },
): Selection {
  const stale = completeness.staleSince === undefined ? {} : { staleSince: completeness.staleSince };
  try {
    const gates = openGates(selector);
    const ranking = rankCandidates(candidates, gates, now);
    return { ...(completeness.truncated ? incomplete(ranking) : pick(ranking, gates)), ...stale };
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return { state: "error", code: error.code, message: error.message, rejected: [], ...stale };
  }
}

function incomplete({ rejected }: Ranking): Selection {
  return { state: "incomplete", rejected };
}

function pick(ranking: Ranking, gates: Gates): Selection {
  const { ready, waiting, rejected } = ranking;
  const [best] = ready;
  const [held, ...others] = waiting;
  if (best === undefined) {
    if (held === undefined) return { state: "none", rejected };
    return { state: "held", version: held.version, rejected: [...rejected, ...holdsOf(others)] };
  }
  const versions = namesOf(best, ready, gates);
  const lower = ready.filter(({ version }) => !versions.includes(version));
  const reasons = [...rejected, ...holdsOf(waiting), ...lowerOf(lower)];
  if (versions.length > 1) return { state: "ambiguous", versions, rejected: reasons };
  return { state: "picked", version: versions[0] ?? best.version, rejected: reasons };
}

/** The names under which a release is published, or one where the way `current` is written settles it. */
export function namesOf(best: RankedVersion, ready: readonly RankedVersion[], gates: Gates): readonly Version[] {
  const { scheme, selector, current } = gates;
  const versions = ready.map(({ version }) => version);
  if (scheme.isOrdered === false) return versions;
  const isFloating = selector.variantVersions === "float";
  const names = versions.filter(
    (version) =>
      scheme.compare(version, best.version) === 0 && (!isFloating || version.variant === best.version.variant),
  );
  if (current === undefined || names.length < 2) return names;
  const alike = names.filter((version) => version.prefix === current.prefix);
  return alike.length === 1 ? alike : names;
}
