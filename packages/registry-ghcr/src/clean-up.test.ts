import {
  addMs,
  type Digest,
  defineConfig,
  digestReference,
  evaluateRetention,
  execute,
  type Plan,
  planRetention,
  type RetentionPolicy,
  readRetentionInventory,
} from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { expect, it } from "vitest";
import { openTestGhcr, type TestGhcr } from "./testing/open-test-ghcr.ts";

const policy: RetentionPolicy = {
  protect: ["latest", { pattern: "v.*" }],
  rules: [
    { kind: "expire", match: { pattern: "pr-\\d+|sha-.*" } },
    { kind: "expire-untagged", olderThan: "1h" },
  ],
};
const definition = defineConfig({
  name: "images",
  repository: "ghcr.io/octo/images",
  version: { source: "releases", scheme: "docker" },
  tags: ["{version}"],
  images: { images: { workflow: "build.yml" } },
  retention: policy,
});

async function plan(ghcr: TestGhcr, cache = createManifestCache()): Promise<Plan> {
  const inventory = await readRetentionInventory(ghcr.name, ghcr.registry, { cache });
  const evaluation = evaluateRetention(inventory, policy, ghcr.clock.now());
  return planRetention(evaluation, ghcr.clock.now(), { family: "images", guards: { maxDeletions: { percent: 90 } } });
}

async function run(ghcr: TestGhcr, planned: Plan) {
  const ports = { registries: [ghcr.registry], clock: ghcr.clock };
  const result = await execute(planned, ports, { definition, allowDeletes: true }).result;
  const byStep = result.outcomes.map((outcome) => {
    const step = planned.steps.find(({ id }) => id === outcome.step);
    const name = step?.kind === "untag" ? step.tag : step?.kind === "delete" ? step.digest : "";
    return [name, outcome.state === "refused" ? outcome.reason : outcome.state] as const;
  });
  return { state: result.state, outcomes: Object.fromEntries(byStep), ordered: byStep.map(([name]) => name) };
}

async function world() {
  const ghcr = openTestGhcr();
  const release = await ghcr.push("release", ["v1", "latest", "sha-1"], { platforms: ["linux/amd64", "linux/arm64"] });
  const old = await ghcr.push("old", ["pr-1"], { platforms: ["linux/amd64", "linux/arm64"] });
  const signature = await ghcr.attach(old, "application/vnd.example.signature");
  await ghcr.clock.advance(2 * 3_600_000);
  return { ghcr, release, old, signature: signature.descriptor.digest };
}

it("removes what expired, an index before its platforms and signatures, and one tag of a release", async () => {
  const { ghcr, release, old, signature } = await world();
  const planned = await plan(ghcr);
  const { state, outcomes, ordered } = await run(ghcr, planned);
  const children = old.children.map(({ descriptor }) => descriptor.digest as string);
  expect(state).toBe("complete");
  expect(outcomes).toEqual(
    Object.fromEntries(["sha-1", old.digest, signature, ...children].map((name) => [name, "done"])),
  );
  expect(ordered.indexOf(old.digest)).toBeLessThan(
    Math.min(...[signature, ...children].map((one) => ordered.indexOf(one))),
  );
  expect([...(ghcr.tagsOf(release.digest) ?? [])].sort()).toEqual(["latest", "v1"]);
  for (const digest of [old.digest, signature, ...children]) expect(ghcr.tagsOf(digest as Digest)).toBeUndefined();
  expect((await plan(ghcr)).steps).toEqual([]);
  // Done once, it is done: the same plan again changes nothing.
  const again = await run(ghcr, planned);
  expect(Object.values(again.outcomes)).toEqual(planned.steps.map(() => "already-done"));
});

it("reads nothing twice: a second look costs the listing", async () => {
  const { ghcr } = await world();
  const cache = createManifestCache();
  await plan(ghcr, cache);
  const before = ghcr.github.log.length;
  await plan(ghcr, cache);
  expect(ghcr.sent(before)).toEqual(["GET /orgs/octo/packages/container/images/versions"]);
});

it("keeps a unit to which something came since the plan, and removes the others", async () => {
  const { ghcr, old } = await world();
  const other = await ghcr.push("other", ["pr-2"]);
  await ghcr.clock.advance(2 * 3_600_000);
  const planned = await plan(ghcr);
  await ghcr.attach(old, "application/vnd.example.sbom");
  const { state, outcomes } = await run(ghcr, planned);
  expect(outcomes[old.digest]).toBe("referenced-since-plan");
  for (const child of old.children) expect(outcomes[child.descriptor.digest]).toBe("parent-kept");
  expect(outcomes[other.digest]).toBe("done");
  expect(state).toBe("complete");
  expect(ghcr.tagsOf(old.digest)).toEqual(["pr-1"]);
});

it("keeps what was tagged since the plan", async () => {
  const { ghcr, old } = await world();
  const planned = await plan(ghcr);
  await ghcr.registry.tag(digestReference(ghcr.name, old.digest), "v2", { absent: true });
  const { outcomes } = await run(ghcr, planned);
  expect(outcomes[old.digest]).toBe("tagged-since-plan");
  expect(ghcr.tagsOf(old.digest)).toEqual(["pr-1", "v2"]);
});

it("is not allowed by the plan alone", async () => {
  const { ghcr } = await world();
  const planned = await plan(ghcr);
  const ports = { registries: [ghcr.registry], clock: ghcr.clock };
  const before = ghcr.github.log.length;
  const refusal = expect.objectContaining({ code: "NOT_ALLOWED" });
  expect(() => execute(planned, ports, { definition })).toThrow(refusal);
  const { retention: _, ...silent } = definition;
  expect(() => execute(planned, ports, { definition: silent, allowDeletes: true })).toThrow(refusal);
  const stricter = { ...definition, retention: { ...policy, protect: ["pr-1"] } };
  expect(() => execute(planned, ports, { definition: stricter, allowDeletes: true })).toThrow(refusal);
  const elsewhere = {
    ...planned,
    steps: planned.steps.map((step) => ({ ...step, repository: { registry: "ghcr.io", repository: "octo/other" } })),
  } as Plan;
  expect(() => execute(elsewhere, ports, { definition, allowDeletes: true })).toThrow(
    expect.objectContaining({ code: "INVALID_PLAN" }),
  );
  expect(() =>
    execute({ ...planned, expiresAt: addMs(ghcr.clock.now(), -1) }, ports, { definition, allowDeletes: true }),
  ).toThrow();
  expect(ghcr.github.log.length).toBe(before);
});
