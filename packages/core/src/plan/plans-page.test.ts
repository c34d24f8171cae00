import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import * as core from "../index.ts";
import { runPage } from "../testing/run-page.ts";

const page = await readFile(new URL("../../../../docs/plans.md", import.meta.url), "utf8");

it("docs/plans.md says what happens", () => {
  const claims = runPage(page, { modules: { "@bayplan/core": core }, equals: isDeepStrictEqual });
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  // Every block makes at least one claim, else it shows nothing.
  expect(claims.length).toBeGreaterThanOrEqual(page.match(/^```ts$/gm)?.length ?? 0);
});
