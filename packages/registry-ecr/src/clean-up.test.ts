import {
  defineConfig,
  digestReference,
  evaluateRetention,
  execute,
  formatRepository,
  type Plan,
  planRetention,
  type RetentionPolicy,
  readRetentionInventory,
} from "@bayplan/core";
import { systemClock } from "@bayplan/runtime";
import { afterEach, expect, it } from "vitest";
import { openEcr } from "./testing/open-ecr.ts";

let ecr: Awaited<ReturnType<typeof openEcr>>;
afterEach(() => ecr.close());

const policy: RetentionPolicy = {
  protect: [{ pattern: "v.*" }],
  rules: [{ kind: "expire", match: { pattern: "pr-\\d+" } }],
};

async function plan(pins: readonly string[] = []): Promise<Plan> {
  const inventory = await readRetentionInventory(ecr.name, ecr.registry);
  const evaluation = evaluateRetention(inventory, { ...policy, pins }, systemClock.now());
  const guards = { delay: "0h", maxDeletions: { percent: 90 } };
  return planRetention(evaluation, systemClock.now(), { family: "app", guards });
}

async function run(planned: Plan) {
  const definition = defineConfig({
    repository: formatRepository(ecr.name),
    version: { source: "none", scheme: "docker" },
    tags: ["{version}"],
    images: { app: { workflow: "build.yml" } },
    retention: policy,
  });
  const ports = { registries: [ecr.registry], clock: systemClock };
  const { outcomes, state } = await execute(planned, ports, { definition, allowDeletes: true }).result;
  const byStep = outcomes.map((outcome) => {
    const step = planned.steps.find(({ id }) => id === outcome.step);
    const what = step?.kind === "untag" ? step.tag : step?.kind === "delete" ? step.digest : outcome.step;
    return [what, outcome.state === "refused" ? outcome.reason : outcome.state] as const;
  });
  return { state, outcomes: Object.fromEntries(byStep) };
}

const platforms = ["linux/amd64", "linux/arm64"];

it("takes tags off, and deletes indexes first and what they contain in one request", async () => {
  ecr = await openEcr();
  const release = await ecr.store("release", { tags: ["v1", "pr-1"], platforms });
  const old = [
    await ecr.store("one", { tags: ["pr-2"], platforms }),
    await ecr.store("two", { tags: ["pr-3"], platforms }),
  ];
  const planned = await plan();
  const { state, outcomes } = await run(planned);
  const gone = old.flatMap(({ digest, children }) => [digest, ...children.map((child) => child.descriptor.digest)]);
  expect(state).toBe("complete");
  expect(outcomes).toEqual(Object.fromEntries(["pr-1", ...gone].map((what) => [what, "done"])));
  // One for the tag, one for both indexes, one for all that they contained.
  expect(ecr.uses("BatchDeleteImage")).toBe(3);
  expect(ecr.simulator.snapshot()["team/app"]).toEqual({ v1: release.digest });
  expect(ecr.simulator.images("team/app")).toHaveLength(3);
  expect((await plan()).steps).toEqual([]);
});

it("leaves the last tag on an image that is in use", async () => {
  ecr = await openEcr();
  const used = await ecr.store("used", { tags: ["pr-1"] });
  await ecr.store("release", { tags: ["v1"] });
  const planned = await plan([used.digest]);
  expect(planned.steps).toEqual([]);
  expect(planned.cleanUps?.[0]?.refused.map(({ reasons }) => reasons[0].code)).toEqual(["untag-would-delete"]);
});

it("does so, too, when it has become the last one since the plan", async () => {
  ecr = await openEcr();
  const used = await ecr.store("used", { tags: ["pr-1", "pr-2"] });
  await ecr.store("release", { tags: ["v1"] });
  const planned = await plan([used.digest]);
  expect(planned.steps).toHaveLength(1);
  const [step] = planned.steps;
  const other = step?.kind === "untag" && step.tag === "pr-1" ? "pr-2" : "pr-1";
  await ecr.registry.untag({ ...ecr.name, kind: "tag", tag: other }, used.digest);
  expect(Object.values((await run(planned)).outcomes)).toEqual(["untag-would-delete"]);
  expect(ecr.simulator.images("team/app")).toContain(used.digest);
});

it("keeps what somebody tagged since the plan, with all it contains", async () => {
  ecr = await openEcr();
  await ecr.store("release", { tags: ["v1"] });
  const old = await ecr.store("old", { tags: ["pr-1"], platforms });
  const planned = await plan();
  await ecr.registry.tag(digestReference(ecr.name, old.digest), "v2", { absent: true });
  const { state, outcomes } = await run(planned);
  expect(state).toBe("complete");
  const children = old.children.map(({ descriptor }) => [descriptor.digest, "parent-kept"] as const);
  expect(outcomes).toEqual({ [old.digest]: "tagged-since-plan", ...Object.fromEntries(children) });
  expect(ecr.uses("BatchDeleteImage")).toBe(0);
});
