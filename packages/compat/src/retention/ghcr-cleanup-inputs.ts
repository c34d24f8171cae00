import type { Problem } from "@bayplan/core";
import { z } from "zod";
import { Anything, Flag, WholeNumber, withoutEmpty } from "./action-inputs.ts";
import { humanIntervalMs } from "./human-interval.ts";
import { compileJsPattern, type TextTest } from "./js-pattern.ts";
import { readInputs, refuseInputs } from "./read-inputs.ts";
import { wildcardListTest } from "./wildcard-list.ts";

const Inputs = z.strictObject({
  token: Anything.exactOptional(),
  owner: Anything.exactOptional(),
  repository: Anything.exactOptional(),
  package: Anything.exactOptional(),
  packages: Anything.exactOptional(),
  "expand-packages": Flag.exactOptional(),
  tags: z.string().exactOptional(),
  "delete-tags": z.string().exactOptional(),
  "exclude-tags": z.string().exactOptional(),
  "delete-untagged": Flag.exactOptional(),
  "keep-n-untagged": WholeNumber.exactOptional(),
  "keep-n-tagged": WholeNumber.exactOptional(),
  "delete-ghost-images": Flag.exactOptional(),
  "delete-partial-images": Flag.exactOptional(),
  "delete-orphaned-images": Flag.exactOptional(),
  "older-than": z.string().exactOptional(),
  "use-regex": Flag.exactOptional(),
  "dry-run": Flag.exactOptional(),
  validate: Flag.exactOptional(),
  "registry-url": Anything.exactOptional(),
  "github-api-url": Anything.exactOptional(),
  "log-level": Anything.exactOptional(),
});

/** Which tags, and which digests, a list or an expression means. */
export interface GhcrSelection {
  /** As it stands in the inputs. */
  readonly source: string;
  readonly isRegex: boolean;
  readonly test: TextTest;
}

/** What a run of ghcr-cleanup-action does. */
export interface GhcrCleanupConfig {
  readonly deleteTags: GhcrSelection | undefined;
  readonly excludeTags: GhcrSelection | undefined;
  /** `undefined` for no limit. */
  readonly olderThanMs: number | undefined;
  /** Whether an age is given that the action reads as nothing, and so does not look at any. */
  readonly isAgeLost: boolean;
  readonly deleteUntagged: boolean;
  readonly keepTagged: number | undefined;
  readonly keepUntagged: number | undefined;
  readonly ghosts: boolean;
  readonly partials: boolean;
  readonly orphans: boolean;
  readonly isDryRun: boolean;
}

const what = "ghcr-cleanup-action inputs";

/** Reads the inputs with the action's defaults. Throws `INVALID_INPUT` with everything that the action refuses. */
export function readGhcrCleanupInputs(inputs: unknown): GhcrCleanupConfig {
  const read = readInputs(Inputs, withoutEmpty(inputs), { what });
  const problems: Problem[] = [];
  const olderThanMs = read["older-than"] === undefined ? undefined : humanIntervalMs(read["older-than"]);
  if (read.tags !== undefined && read["delete-tags"] !== undefined) {
    problems.push({ path: "tags", found: "given beside delete-tags", expected: "expected only one of the two" });
  }
  if (read["keep-n-untagged"] !== undefined && read["delete-untagged"] !== undefined) {
    const found = "given beside delete-untagged";
    problems.push({ path: "keep-n-untagged", found, expected: "expected only one of the two" });
  }
  if (read["older-than"] !== undefined && olderThanMs === undefined) {
    const expected = "expected numbers with second, minute, hour, day, week, month or year";
    problems.push({ path: "older-than", found: JSON.stringify(read["older-than"]), expected });
  }
  if (problems.length > 0) throw refuseInputs(what, problems);
  const isRegex = read["use-regex"] ?? false;
  const select = (name: string, source: string | undefined): GhcrSelection | undefined => {
    if (source === undefined) return undefined;
    const test = isRegex ? compileJsPattern(source, what, name) : wildcardListTest(source);
    return { source, isRegex, test };
  };
  const triggers = ["tags", "delete-tags", "delete-ghost-images", "delete-partial-images"] as const;
  const others = ["delete-orphaned-images", "keep-n-untagged", "keep-n-tagged"] as const;
  return {
    deleteTags: select("delete-tags", read.tags ?? read["delete-tags"]),
    excludeTags: select("exclude-tags", read["exclude-tags"]),
    // The action takes 0 for not given.
    olderThanMs: olderThanMs === 0 ? undefined : olderThanMs,
    isAgeLost: olderThanMs === 0 && !/^\s*0/.test(read["older-than"] ?? ""),
    // Even an option that is false counts as one: then nothing is deleted.
    deleteUntagged: read["delete-untagged"] ?? [...triggers, ...others].every((name) => read[name] === undefined),
    keepTagged: read["keep-n-tagged"],
    keepUntagged: read["keep-n-untagged"],
    ghosts: read["delete-ghost-images"] ?? false,
    partials: read["delete-partial-images"] ?? false,
    orphans: read["delete-orphaned-images"] ?? false,
    isDryRun: read["dry-run"] ?? false,
  };
}
