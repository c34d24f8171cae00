import {
  defineConfig,
  evaluateRetention,
  execute,
  planRetention,
  type RetentionPolicy,
  readRetentionInventory,
} from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { alignTable } from "../align-table.ts";
import { createCleanUpWorld } from "./clean-up-world.ts";

const size = 10_000;
const added = 200;
const pageSize = 100;
const policy: RetentionPolicy = {
  protect: [{ pattern: "1\\..*" }],
  rules: [
    { kind: "expire", name: "builds", match: { pattern: "sha-.*" }, olderThan: "100d", keepLast: 100 },
    { kind: "expire-untagged", olderThan: "100d" },
  ],
};

/**
 * The requests that cleaning a large GHCR package needs, ours counted at the simulator. Beside them those of
 * ghcr-cleanup-action by its own algorithm, which is not run here: reference/retention.md, section 1, says that each run
 * loads all versions, pages of 100, and reads the manifest of every one; its cache of manifests ends with the run.
 * Deletions are one request each there, and an untagging is a push and a deletion.
 */
export async function benchCleanUpCost(): Promise<void> {
  const world = await createCleanUpWorld(size);
  const cache = createManifestCache();
  const definition = defineConfig({
    name: "clean-up",
    repository: "ghcr.io/octo/images",
    version: { source: "none", scheme: "docker" },
    tags: ["{version}"],
    images: { images: { workflow: "build.yml" } },
    retention: policy,
  });
  const rows: string[][] = [];
  const look = async (when: string) => {
    const mark = world.mark();
    const inventory = await readRetentionInventory(world.name, world.open(cache), { cache });
    const { listings, manifests, heads, others } = world.requestsSince(mark);
    const count = inventory.manifests.length;
    const pages = Math.ceil(count / pageSize);
    rows.push([when, ...[count, listings, manifests, heads, others, pages, count].map(String)]);
    return inventory;
  };
  await look("the first look");
  const inventory = await look("the next look");
  const now = world.clock.now();
  const evaluation = evaluateRetention(inventory, policy, now);
  const plan = planRetention(evaluation, now, { family: "clean-up", guards: { maxDeletions: { percent: 100 } } });
  const mark = world.mark();
  const ports = { registries: [world.open(cache)], clock: world.clock };
  const { state } = await execute(plan, ports, { definition, allowDeletes: true }).result;
  const done = world.requestsSince(mark);
  await world.push(added);
  await look(`after the clean-up and ${added} pushes`);
  console.log(`A GHCR package of ${size} manifests on the simulator; requests, Node ${process.version}`);
  console.log(
    alignTable(["", "manifests", "listings", "reads", "HEAD", "others", "action: listings", "action: reads"], rows),
  );
  const all = done.listings + done.manifests + done.heads + done.others;
  const removals = `${evaluation.delete.length} deletions and ${evaluation.untag.length} removed tags`;
  console.log(
    `the clean-up itself, ${state}: ${removals} took ${all} requests, ${done.deletions} of them DELETE, ` +
      `${done.listings} listings, ${done.manifests} reads`,
  );
}
