import { compileCalverFormat } from "./calver-format.ts";
import { comparePlain, satisfiesPlain } from "./plain-order.ts";
import { readTail } from "./read-tail.ts";
import { releasePart } from "./release-part.ts";
import type { VersionScheme } from "./version-scheme.ts";

/** How calendar versions are written. */
export interface CalverOptions {
  /**
   * Tokens of calver.org, for example `YYYY.0M.0D` or `YY.MM[.MICRO]`. Default: year and month, maybe more numbers,
   * separated by `.` or `-`, padded or not.
   */
  readonly format?: string;
  /** `declared` (default): padded where the format says so. `any`: `2024.1` and `2024.01` are the same release. */
  readonly padding?: "declared" | "any";
}

const anyFormat = {
  source: "((?:19|20|21)\\d{2}|\\d{2})[.-](0?[1-9]|1[0-2])(?:[.-](\\d{1,8}))?(?:[.-](\\d{1,8}))?",
  tokens: ["YYYY", "MM", "DD", "N"],
};

/**
 * Versions that are dates. Known words behind them are pre-releases, other words the variant. A new year is no jump.
 *
 * @throws BayplanError `INVALID_INPUT` for a format that cannot be read.
 */
export function createCalverScheme(options: CalverOptions = {}): VersionScheme {
  const { format, padding } = options;
  const compiled =
    format === undefined ? anyFormat : compileCalverFormat(format, padding === undefined ? {} : { padding });
  const pattern = new RegExp(`^(v)?${compiled.source}(?!\\d)(.*)$`, "s");
  const scheme: VersionScheme = {
    name: "calver",
    precision: "longest",
    majorCounts: "time",
    parse(raw) {
      const match = pattern.exec(raw.length > 256 || /\s/.test(raw) ? "" : raw);
      const tail = match === null ? undefined : readTail(match.at(-1) ?? "");
      if (match === null || tail === undefined) return undefined;
      const parts = compiled.tokens.flatMap((_, index) => match[index + 2] ?? []);
      if (format !== undefined && !isDay(compiled.tokens, parts)) return undefined;
      const prefix = match[1] === undefined ? {} : { prefix: match[1] };
      return { raw, release: parts.map(releasePart), ...tail, ...prefix };
    },
    compare: comparePlain,
    isStable: (version) => version.prerelease.length === 0,
    satisfies: (version, range) => satisfiesPlain(version, range, scheme),
  };
  return scheme;
}

/** 30 February is a typing mistake, or another scheme. */
function isDay(tokens: readonly string[], parts: readonly string[]): boolean {
  const partOf = (name: RegExp) => parts[tokens.findIndex((token) => name.test(token))];
  const [year, month, day] = [partOf(/Y/), partOf(/^[M0]M$/), partOf(/^[D0]D$/)];
  if (month === undefined || day === undefined) return true;
  if (["4", "04", "6", "06", "9", "09", "11"].includes(month)) return Number(day) <= 30;
  // 1900 and 2100 are no leap years; nobody's calendar versions meet them.
  return Number(month) !== 2 || Number(day) <= (Number(year) % 4 === 0 ? 29 : 28);
}
