import { createVersionScheme } from "../version/create-version-scheme.ts";
import type { Version, VersionScheme } from "../version/version-scheme.ts";
import type { TagLeg } from "./find-tag-collisions.ts";

/** A version that stands for a leg whose own is not known yet. */
export interface SampleVersion {
  readonly scheme: VersionScheme;
  /** Absent: none could be made up that the scheme reads. */
  readonly raw?: string;
}

/**
 * The version of a leg, given or made up. Made-up ones of one source and line are the same release in each variant, and
 * others are not, so that what collides with them collides always.
 */
export function sampleVersion(
  leg: TagLeg,
  given: {
    readonly legs: readonly TagLeg[];
    readonly index: number;
    readonly versions?: Readonly<Record<string, string>>;
  },
): SampleVersion {
  const scheme = createVersionScheme(leg.scheme);
  const { versions = {} } = given;
  const known = Object.hasOwn(versions, leg.id) ? versions[leg.id] : undefined;
  if (known !== undefined) return { scheme, raw: known };
  const sameLine = given.legs.findIndex(
    (other) => other.source === leg.source && other.line === leg.line && other.scheme === leg.scheme,
  );
  const number = 100 + sameLine;
  const variant = leg.variant ?? "";
  for (const release of releases(leg.line, number)) {
    const version = scheme.parse(release);
    const raw = version === undefined ? undefined : inVariant(version, variant, scheme);
    if (raw !== undefined) return { scheme, raw };
  }
  return { scheme };
}

function inVariant(version: Version, variant: string, scheme: VersionScheme): string | undefined {
  if (version.variant === variant) return version.raw;
  const other = scheme.withVariant?.(version, variant)?.raw;
  return (
    other ??
    [`${version.raw}${variant}`, `${version.raw}-${variant}`].find((raw) => scheme.parse(raw)?.variant === variant)
  );
}

/** Three parts first, since most schemes have them. */
function releases(line: string | undefined, number: number): readonly string[] {
  const parts = (line ?? "3").split(".");
  const tails = [[String(number)], ["0", String(number)], ["0", "0", String(number)], []];
  const whole = tails.map((tail) => [...parts, ...tail]);
  const byLength = [3, 2, 4, 1].flatMap((length) => whole.filter((candidate) => candidate.length === length));
  return byLength.map((candidate) => candidate.join("."));
}
