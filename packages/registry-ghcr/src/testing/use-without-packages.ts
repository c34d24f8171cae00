// Run by a test in a process of its own: uses an adapter, then prints what `count-octokit.mjs` saw.
import { setTimeout } from "node:timers/promises";
import { parseReference, parseRepository } from "@bayplan/core";
import { createGhcrRegistry } from "../index.ts";

const registry = createGhcrRegistry({ token: "dummy", fetch: async () => new Response(null, { status: 404 }) });
if (process.argv[2] === "packages") {
  const listing = registry.inventory?.list(parseRepository("ghcr.io/a/b"));
  await listing?.[Symbol.asyncIterator]()
    .next()
    .catch(() => {});
} else {
  await registry.resolve(parseReference("ghcr.io/a/b:1"));
}
// The messages of the loader's thread take a turn to arrive.
await setTimeout(50);
process.stdout.write(JSON.stringify((globalThis as { octokitLoaded?: readonly string[] }).octokitLoaded));
