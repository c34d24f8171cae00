import { BayplanError } from "../errors.ts";
import { addMs, type Instant, instantToMs } from "../instant.ts";
import { compilePattern, type Pattern } from "../pattern/compile-pattern.ts";
import type { VersionCandidate } from "../ports/version-source.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import { type Phase, phaseOfVersion } from "./prerelease-word.ts";
import { compareRelease } from "./release-part.ts";
import type { RejectedCandidate, RejectionCode } from "./selection.ts";
import { isInLine, type Version, type VersionScheme } from "./version-scheme.ts";
import type { VersionSelector } from "./version-selector.ts";

/** A selector, checked once for a whole listing. */
export interface Gates {
  readonly scheme: VersionScheme;
  readonly selector: VersionSelector;
  readonly current: Version | undefined;
  readonly allow: readonly Pattern[] | undefined;
  readonly deny: readonly Pattern[];
  readonly exclude: ReadonlySet<string>;
}

const dayMs = 86_400_000;
const admittedPhases: Readonly<Record<"rc" | "beta" | "alpha", readonly (Phase | "prerelease")[]>> = {
  rc: ["rc"],
  beta: ["rc", "beta"],
  alpha: ["rc", "beta", "alpha"],
};

/** @throws BayplanError `INVALID_INPUT` when the selector contradicts itself or holds a pattern, scheme or version that is none. */
export function openGates(selector: VersionSelector): Gates {
  const scheme = createVersionScheme(selector.scheme);
  const current = selector.current === undefined ? undefined : scheme.parse(selector.current);
  if (selector.current !== undefined && current === undefined) {
    throw refused(
      `The current version ${JSON.stringify(selector.current)} is no version of the scheme ${scheme.name}.`,
    );
  }
  if (selector.maxMajorIncrement !== undefined && current === undefined) {
    throw refused("maxMajorIncrement was given without current, so there is nothing to compare with. Give both.");
  }
  const compile = (label: string) => (source: string) => compilePattern(source, { label });
  return {
    ...{ scheme, selector, current },
    allow: selector.allow?.map(compile("pattern of the allow list")),
    deny: (selector.deny ?? []).map(compile("pattern of the deny list")),
    exclude: new Set(selector.exclude),
  };
}

/** Why the candidate must not be picked at all; `undefined` when it may. */
export function rejectionOf(
  candidate: VersionCandidate,
  version: Version,
  gates: Gates,
): RejectedCandidate | undefined {
  const { raw } = candidate;
  const code =
    byPublisher(candidate, gates.selector) ??
    byList(raw, gates) ??
    byOrder(version, gates) ??
    byChannel(candidate, version, gates);
  return code === undefined ? majorJump(raw, version, gates) : { raw, code };
}

/** Why it must wait; `undefined` when it is old enough. */
export function holdOf(
  candidate: VersionCandidate,
  selector: VersionSelector,
  now: Instant,
): RejectedCandidate | undefined {
  const { minimumAgeDays = 0, missingTime = "hold" } = selector;
  const { raw, releasedAt } = candidate;
  if (minimumAgeDays <= 0) return undefined;
  if (releasedAt === undefined) return missingTime === "allow" ? undefined : { raw, code: "no-release-time" };
  const until = addMs(releasedAt, minimumAgeDays * dayMs);
  return instantToMs(until) > instantToMs(now) ? { raw, code: "too-young", until } : undefined;
}

function byPublisher(candidate: VersionCandidate, selector: VersionSelector): RejectionCode | undefined {
  if (candidate.yanked === true) return "yanked";
  if (candidate.deprecated === true && selector.deprecated !== "allow") return "deprecated";
  return candidate.endOfLife === true && selector.endOfLife !== "allow" ? "end-of-life" : undefined;
}

function byList(raw: string, { exclude, deny, allow }: Gates): RejectionCode | undefined {
  if (exclude.has(raw)) return "excluded";
  if (deny.some((pattern) => pattern.test(raw))) return "denied";
  return allow === undefined || allow.some((pattern) => pattern.test(raw)) ? undefined : "not-allowed";
}

function byOrder(version: Version, { selector, scheme, current }: Gates): RejectionCode | undefined {
  if (selector.line !== undefined && !isInLine(version, selector.line)) return "other-line";
  // Pre-releases are the channel's matter, so the range must not leave them out by itself.
  const isInRange = selector.range === undefined || scheme.satisfies(version, selector.range, { prereleases: true });
  if (!isInRange) return "out-of-range";
  if (current === undefined) return undefined;
  if (scheme.isOrdered === false) return scheme.compare(version, current) === 0 ? undefined : "not-ranked";
  return scheme.compare(version, current) < 0 ? "below-current" : undefined;
}

function byChannel(candidate: VersionCandidate, version: Version, gates: Gates): RejectionCode | undefined {
  if (!isAdmitted(candidate, version, gates)) return "prerelease";
  const { ltsOnly, channel } = gates.selector;
  const isLts = candidate.lts ?? version.lts === true;
  return (ltsOnly === true || channel === "lts") && !isLts ? "not-lts" : undefined;
}

function isAdmitted(candidate: VersionCandidate, version: Version, { scheme, selector, current }: Gates): boolean {
  const isStable = scheme.isStable(version);
  if (isStable && candidate.prerelease !== true) return true;
  const channel = selector.channel ?? (selector.prereleases === true ? "prerelease" : undefined);
  if (channel === "prerelease" || channel === "dev" || channel === "nightly") return true;
  if (channel === "rc" || channel === "beta" || channel === "alpha") {
    const phase = isStable ? "prerelease" : phaseOfVersion(version);
    return phase !== "stable" && admittedPhases[channel].includes(phase);
  }
  if (channel !== undefined || selector.prereleases === false || current === undefined) return false;
  // Who is on 2.0.0-rc.1 waits for 2.0.0: rc.2 is on the way there, 2.1.0-rc.1 is not.
  return !scheme.isStable(current) && compareRelease(version.release, current.release) === 0;
}

function majorJump(raw: string, version: Version, { selector, scheme, current }: Gates): RejectedCandidate | undefined {
  const limit = selector.maxMajorIncrement;
  const [from, to] = [current?.release[0], version.release[0]];
  if (limit === undefined || current === undefined || from === undefined || to === undefined) return undefined;
  if (scheme.majorCounts === "time" || (isYear(from) && isYear(to))) return undefined;
  if (BigInt(to) - BigInt(from) <= BigInt(Math.floor(limit))) return undefined;
  return { raw, code: "major-jump", from: current.raw, limit };
}

function isYear(part: number | bigint): boolean {
  return part >= 1990 && part < 2200;
}

function refused(message: string): BayplanError {
  return new BayplanError("INVALID_INPUT", message);
}
