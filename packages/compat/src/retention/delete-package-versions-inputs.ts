import type { Problem } from "@bayplan/core";
import { z } from "zod";
import { Anything, Flag, withoutEmpty } from "./action-inputs.ts";
import { compileJsPattern, type TextTest } from "./js-pattern.ts";
import { readInputs, refuseInputs } from "./read-inputs.ts";

const Count = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\s*-?\d+\s*$/)
        .transform(Number),
    ],
    "a whole number",
  )
  .pipe(z.int("a whole number"));
const Inputs = z.strictObject({
  token: Anything.exactOptional(),
  owner: Anything.exactOptional(),
  "package-name": Anything.exactOptional(),
  "package-type": z.string().exactOptional(),
  "package-version-ids": Anything.exactOptional(),
  "num-old-versions-to-delete": Count.exactOptional(),
  "min-versions-to-keep": Count.exactOptional(),
  "ignore-versions": z.string().exactOptional(),
  "delete-only-pre-release-versions": Flag.exactOptional(),
  "delete-only-untagged-versions": Flag.exactOptional(),
});

/** What a run of actions/delete-package-versions does with a container package. */
export interface DeletePackageVersionsConfig {
  /** Of what is left after the filters, so many of the newest stay. `undefined`: `oldest` counts. */
  readonly keep: number | undefined;
  /** So many of the oldest go. */
  readonly oldest: number;
  readonly onlyUntagged: boolean;
  readonly ignore: { readonly source: string; readonly test: TextTest } | undefined;
  readonly isPrereleaseOnly: boolean;
}

const what = "actions/delete-package-versions inputs";

/** Reads the inputs with the action's defaults. Throws `INVALID_INPUT` with everything that the action refuses. */
export function readDeletePackageVersionsInputs(inputs: unknown): DeletePackageVersionsConfig {
  const isIgnoreEmpty = typeof inputs === "object" && inputs !== null && "ignore-versions" in inputs;
  const read = readInputs(Inputs, withoutEmpty(inputs), { what });
  const problems: Problem[] = [];
  const oldest = read["num-old-versions-to-delete"] ?? 1;
  const minimum = read["min-versions-to-keep"] ?? -1;
  const isPrereleaseOnly = read["delete-only-pre-release-versions"] ?? false;
  if (oldest > 1 && (minimum >= 0 || isPrereleaseOnly)) {
    const expected = "expected it without min-versions-to-keep and delete-only-pre-release-versions";
    problems.push({ path: "num-old-versions-to-delete", found: String(oldest), expected });
  }
  const type = read["package-type"];
  if (type !== undefined && type.toLowerCase() !== "container") {
    problems.push({ path: "package-type", found: JSON.stringify(type), expected: 'expected "container"' });
  }
  if (read["package-version-ids"] !== undefined) {
    const expected = "expected none: an inventory has digests, not the numbers of versions";
    problems.push({ path: "package-version-ids", found: "given", expected });
  }
  if (problems.length > 0) throw refuseInputs(what, problems);
  // An empty expression is given to the action as it is, and fits everything.
  const source = read["ignore-versions"] ?? (isIgnoreEmpty ? "" : undefined);
  return {
    keep: minimum >= 0 ? minimum : isPrereleaseOnly ? 0 : undefined,
    oldest,
    onlyUntagged: read["delete-only-untagged-versions"] ?? false,
    ignore: source === undefined ? undefined : { source, test: compileJsPattern(source, what, "ignore-versions") },
    isPrereleaseOnly,
  };
}
