import {
  defineConfig,
  digestOf,
  evaluateRetention,
  execute,
  planRetention,
  type RetentionPolicy,
  readRetentionInventory,
} from "@bayplan/core";
import { buildImage } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { openHub } from "./testing/open-hub.ts";

const policy: RetentionPolicy = {
  protect: [{ pattern: "v.*" }],
  rules: [{ kind: "expire", match: { pattern: "pr-\\d+" } }],
};
const definition = defineConfig({
  repository: "docker.io/bayplan/crane",
  version: { source: "none", scheme: "docker" },
  tags: ["{version}"],
  images: { crane: { workflow: "build.yml" } },
  retention: policy,
});
const platforms = ["linux/amd64", "linux/arm64"];
const image = (content: string) => buildImage({ platforms, files: { content }, index: true });

it("deletes what nobody lists after the index that contained it, and leaves what another one needs", async () => {
  const hub = openHub();
  const name = { registry: "docker.io", repository: "bayplan/crane" };
  const [release, old] = [await image("release"), await image("old")];
  await hub.simulator.store(name.repository, release, ["v1", "pr-1"]);
  await hub.simulator.store(name.repository, old, ["pr-2"]);
  // Without a tag, and so unseen by everybody: it contains one of the old platforms.
  const [shared, other] = old.children;
  const unseen = { ...release, children: [], root: wrap(shared?.descriptor) };
  await hub.simulator.store(name.repository, unseen);
  await hub.clock.advance(2 * 3_600_000);
  const inventory = await readRetentionInventory(name, hub.registry);
  expect(inventory).toMatchObject({ covers: "tagged", refusesReferenced: true, untagging: "any" });
  expect(inventory.manifests).toHaveLength(6);
  const now = hub.clock.now();
  const plan = planRetention(evaluateRetention(inventory, policy, now), now, { family: "crane" });
  const ports = { registries: [hub.registry], clock: hub.clock };
  const { outcomes, state } = await execute(plan, ports, { definition, allowDeletes: true }).result;
  const states = outcomes.map((one) => (one.state === "refused" ? one.reason : one.state)).sort();
  expect([state, states]).toEqual(["complete", ["done", "done", "done", "registry-refused"]]);
  expect(hub.simulator.snapshot()[name.repository]).toEqual({ v1: release.digest });
  const left = hub.simulator.manifests(name.repository);
  expect(left).toContain(shared?.descriptor.digest);
  expect(left).not.toContain(other?.descriptor.digest);
  expect(left).not.toContain(old.digest);
});

function wrap(child: object | undefined) {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [child] }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
