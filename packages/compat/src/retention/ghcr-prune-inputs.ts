import type { Problem } from "@bayplan/core";
import { z } from "zod";
import { Anything, Flag, Lines, WholeNumber, withoutEmpty } from "./action-inputs.ts";
import { compileJsPattern, type TextTest } from "./js-pattern.ts";
import { readInputs, refuseInputs } from "./read-inputs.ts";

const Days = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\s*\d+(?:\.\d+)?\s*$/)
        .transform(Number),
    ],
    "a number of days, 0 or more",
  )
  .pipe(z.number().min(0, "a number of days, 0 or more"));
const Inputs = z.strictObject({
  token: Anything.exactOptional(),
  organization: Anything.exactOptional(),
  user: Anything.exactOptional(),
  container: Anything.exactOptional(),
  "dry-run": Flag.exactOptional(),
  "older-than": Days.exactOptional(),
  "keep-younger-than": Days.exactOptional(),
  "keep-last": WholeNumber.exactOptional(),
  "keep-tags": Lines.exactOptional(),
  "keep-tags-regexes": Lines.exactOptional(),
  untagged: Flag.exactOptional(),
  "prune-untagged": Flag.exactOptional(),
  "tag-regex": z.string().exactOptional(),
  "prune-tags-regexes": Lines.exactOptional(),
});

/** What a run of action-ghcr-prune does. */
export interface GhcrPruneConfig {
  readonly keepYoungerThanDays: number;
  readonly keepLast: number;
  readonly keepTags: readonly string[];
  readonly keepPatterns: readonly { readonly source: string; readonly test: TextTest }[];
  readonly prunePatterns: readonly { readonly source: string; readonly test: TextTest }[];
  readonly pruneUntagged: boolean;
  readonly isDryRun: boolean;
}

const what = "action-ghcr-prune inputs";

/** Reads the inputs with the action's defaults. Throws `INVALID_INPUT` with everything that is wrong. */
export function readGhcrPruneInputs(inputs: unknown): GhcrPruneConfig {
  const read = readInputs(Inputs, withoutEmpty(inputs), { what });
  const problems: Problem[] = [];
  if (read.organization !== undefined && read.user !== undefined) {
    problems.push({ path: "user", found: "given beside organization", expected: "expected only one of the two" });
  }
  if (problems.length > 0) throw refuseInputs(what, problems);
  const compile = (path: string, sources: readonly string[]) =>
    sources.map((source) => ({ source, test: compileJsPattern(source, what, path) }));
  const legacy = read["tag-regex"] === undefined ? [] : [read["tag-regex"]];
  return {
    keepYoungerThanDays: read["keep-younger-than"] || read["older-than"] || 0,
    keepLast: read["keep-last"] ?? 0,
    keepTags: read["keep-tags"] ?? [],
    keepPatterns: compile("keep-tags-regexes", read["keep-tags-regexes"] ?? []),
    prunePatterns: compile("prune-tags-regexes", read["prune-tags-regexes"] ?? legacy),
    pruneUntagged: (read["prune-untagged"] ?? false) || (read.untagged ?? false),
    isDryRun: read["dry-run"] ?? false,
  };
}
