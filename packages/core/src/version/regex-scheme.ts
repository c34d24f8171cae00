import { BayplanError } from "../errors.ts";
import { compilePattern, type PatternMatch } from "../pattern/compile-pattern.ts";
import { comparePlain, satisfiesPlain } from "./plain-order.ts";
import { readTail } from "./read-tail.ts";
import { type ReleasePart, releasePart } from "./release-part.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

/** How a pattern reads versions. */
export interface RegexOptions {
  /**
   * RE2 with named groups, at most 1000 characters; it must describe the whole text. `major`, `minor`, `patch`, `build`
   * and `revision` are the numbers in that order (one of the first three must be there), `prerelease` makes it no final
   * release, `variant` (or `compatibility`) and `prefix` must be the same to be compared.
   */
  readonly pattern?: string;
  /** Names of the numeric groups, most significant first, in place of those above. All of them must be in the pattern. */
  readonly parts?: readonly string[];
}

const numeric = ["major", "minor", "patch", "build", "revision"];
const others = ["prerelease", "variant", "compatibility", "prefix"];

/**
 * Versions as a pattern describes them. A numeric group that holds anything but digits makes the text no version.
 *
 * @throws BayplanError `INVALID_INPUT` when there is no pattern, RE2 refuses it, or its groups are not those above.
 */
export function createRegexScheme(options: RegexOptions): VersionScheme {
  const { pattern: source, parts } = options;
  if (source === undefined) throw refused("needs a pattern");
  const pattern = compilePattern(source, { anchored: true, label: "pattern of the version scheme" });
  const numbers = parts ?? numeric.filter((name) => name === "major" || pattern.groupNames.includes(name));
  const unknown = pattern.groupNames.find((name) => !numbers.includes(name) && !others.includes(name));
  if (unknown !== undefined) throw refused(`does not know the group "${unknown}"`);
  const missing = (parts ?? []).find((name) => !pattern.groupNames.includes(name));
  if (missing !== undefined) throw refused(`has no group "${missing}" in its pattern`);
  const leading = parts ?? numeric.slice(0, 3);
  if (!pattern.groupNames.some((name) => leading.includes(name))) throw refused("has no number to order by");
  const scheme: VersionScheme = {
    name: "regex",
    parse(raw) {
      const match = pattern.exec(raw);
      return match === undefined ? undefined : versionOf(raw, match, numbers);
    },
    compare: comparePlain,
    isStable: (version) => version.prerelease.length === 0,
    satisfies: (version, range) => satisfiesPlain(version, range, scheme),
  };
  return scheme;
}

function versionOf(raw: string, { groups }: PatternMatch, numbers: readonly string[]): Version | undefined {
  const release: ReleasePart[] = [];
  for (const name of numbers) {
    const digits = groups[name] ?? "";
    if (!/^\d*$/.test(digits)) return undefined;
    release.push(releasePart(digits === "" ? "0" : digits));
  }
  const { prefix = "", prerelease = "" } = groups;
  const variant = [groups["variant"], groups["compatibility"]].filter((text) => text !== undefined && text !== "");
  return {
    ...{ raw, release, prerelease: identifiersOf(prerelease), variant: variant.join("-") },
    ...(prefix === "" ? {} : { prefix }),
  };
}

/** `rc.2` and `-rc2` are both a word and a number; a text that is neither stays a word. */
function identifiersOf(text: string): Version["prerelease"] {
  const bare = text.replace(/^[-_.+ ]+/, "");
  if (bare === "") return text === "" ? [] : [text];
  if (/^\d+$/.test(bare)) return [releasePart(bare)];
  const tail = readTail(`-${bare}`);
  return tail !== undefined && tail.prerelease.length > 0 && tail.variant === "" ? tail.prerelease : [bare];
}

function refused(problem: string): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `The version scheme regex ${problem}. Give a pattern with the groups ${[...numeric, ...others].join(", ")} as far as you need them, for example ^(?P<major>\\d+)\\.(?P<minor>\\d+)$.`,
  );
}
