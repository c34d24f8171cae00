import { isDigest, type Problem } from "@bayplan/core";
import { z } from "zod";
import { Anything, Flag, WholeNumber, withoutEmpty } from "./action-inputs.ts";
import { humantimeMs } from "./humantime.ts";
import { readInputs, refuseInputs } from "./read-inputs.ts";

const Inputs = z.strictObject({
  account: Anything.exactOptional(),
  token: Anything.exactOptional(),
  "github-server-url": Anything.exactOptional(),
  "github-api-url": Anything.exactOptional(),
  "image-names": Anything.exactOptional(),
  "image-tags": z.string().exactOptional(),
  "shas-to-skip": z.string().exactOptional(),
  "skip-shas": z.string().exactOptional(),
  "tag-selection": z.enum(["tagged", "untagged", "both"]).exactOptional(),
  "keep-n-most-recent": WholeNumber.exactOptional(),
  "timestamp-to-use": z.enum(["updated_at", "created_at"]).exactOptional(),
  "cut-off": z.string(),
  "dry-run": Flag.exactOptional(),
  "rust-log": Anything.exactOptional(),
});

/** What a run of container-retention-policy does with one package. */
export interface SnokConfig {
  readonly cutOffMs: number;
  readonly tagSelection: "tagged" | "untagged" | "both";
  /** Wildcards, without the `!` of the negative ones. */
  readonly positive: readonly string[];
  readonly negative: readonly string[];
  readonly skipped: ReadonlySet<string>;
  readonly keepNewest: number;
  readonly isDryRun: boolean;
}

const what = "container-retention-policy inputs";

/** Reads the inputs with the action's defaults. Throws `INVALID_INPUT` with everything that the action refuses. */
export function readSnokInputs(inputs: unknown): SnokConfig {
  const read = readInputs(Inputs, withoutEmpty(inputs), { what });
  const problems: Problem[] = [];
  const cutOffMs = humantimeMs(read["cut-off"]);
  if (cutOffMs === undefined) {
    const expected = "expected numbers with units, for example 2w or 1month 3days";
    problems.push({ path: "cut-off", found: JSON.stringify(read["cut-off"]), expected });
  }
  const skipped = [...wordsOf(read["shas-to-skip"]), ...wordsOf(read["skip-shas"])];
  for (const text of skipped) {
    if (!isDigest(text.toLowerCase())) {
      problems.push({ path: "skip-shas", found: text, expected: "expected sha256: and 64 hexadecimal digits" });
    }
  }
  if (cutOffMs === undefined || problems.length > 0) throw refuseInputs(what, problems);
  const patterns = wordsOf(read["image-tags"]);
  return {
    cutOffMs,
    tagSelection: read["tag-selection"] ?? "both",
    positive: patterns.filter((pattern) => !pattern.startsWith("!")),
    negative: patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1)),
    skipped: new Set(skipped),
    keepNewest: read["keep-n-most-recent"] ?? 0,
    isDryRun: read["dry-run"] ?? false,
  };
}

/** Divided by commas and white space; quotes around the whole do not count. */
function wordsOf(text = ""): readonly string[] {
  const bare = text.replace(/^"+|"+$/g, "").replace(/^'+|'+$/g, "");
  return bare.split(/[,\s]+/).filter((word) => word !== "");
}
