import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import * as core from "../index.ts";
import { runPage } from "../testing/run-page.ts";
import { documentKeys } from "./schema.ts";

const page = await readFile(new URL("../../../../docs/definition.md", import.meta.url), "utf8");

it("docs/definition.md says what happens", () => {
  const claims = runPage(page, { modules: { "@bayplan/core": core }, equals: isDeepStrictEqual });
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  // Every block makes at least one claim, else it shows nothing.
  expect(claims.length).toBeGreaterThanOrEqual(page.match(/^```ts$/gm)?.length ?? 0);
});

it.each([
  ["", "## Keys of the family"],
  ["images", "## Keys of an image"],
  ["version", "## Keys of a version and of a companion"],
])("docs/definition.md has every key of %j in its table, and no other", (level, heading) => {
  const section = page.split(`${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const cells = [...section.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell ?? "");
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key));
  expect(named.sort()).toEqual([...(documentKeys[level] ?? [])].sort());
});
