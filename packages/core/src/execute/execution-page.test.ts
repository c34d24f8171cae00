import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import * as core from "../index.ts";
import { createExampleWorld } from "../testing/example-world.ts";
import { runAsyncPage } from "../testing/run-page.ts";

const page = await readFile(new URL("../../../../docs/execution.md", import.meta.url), "utf8");

it("docs/execution.md says what happens", async () => {
  const modules = { "@bayplan/core": core, "example-world": { createExampleWorld } };
  const claims = await runAsyncPage(page, { modules, equals: isDeepStrictEqual });
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  // Every block makes at least one claim, else it shows nothing.
  expect(claims.length).toBeGreaterThanOrEqual(page.match(/^```ts$/gm)?.length ?? 0);
});
