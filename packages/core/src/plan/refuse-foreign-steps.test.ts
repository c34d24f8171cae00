import { describe, expect, it } from "vitest";
import { BayplanError } from "../errors.ts";
import { execute } from "../execute/execute.ts";
import { codeOf } from "../testing/code-of.ts";
import { cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";

const build = "build:numpy-tsan@3.14.3t";
const wait = "await:numpy-tsan@3.14.3t";
const verify = "verify:numpy-tsan@3.14.3t";
const tag = "tag:numpy-tsan@3.14.3t:3.14.3t";
const node = "numpy-tsan@3.14.3t";

/** The plan with one value changed and an id that fits, as a forger would write it. */
function forge(plan: Plan, id: string, path: string, value: unknown): Plan {
  const copy = structuredClone(plan);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let place: unknown = [...copy.steps, ...copy.nodes].find((entry) => entry.id === id);
  for (const key of keys) place = (place as Record<string, unknown>)[key];
  (place as Record<string, unknown>)[last] = value;
  return { ...copy, id: planId(copy) };
}

async function startForged(id: string, path: string, value: unknown): Promise<string> {
  const world = createWorld();
  const plan = forge(await world.plan(), id, path, value);
  return codeOf(() => execute(plan, world.ports, { definition: world.family }));
}

describe("execute refuses what the definition does not say", () => {
  it.each<[string, string, string, unknown]>([
    ["digest of a tag", tag, "target", { digest: `sha256:${"0".repeat(64)}` }],
    ["step that a tag takes its image from", tag, "target", { fromStep: "verify:cpython-asan@3.14.3t" }],
    ["tag without a check before it", tag, "dependsOn", []],
    ["repository of a tag", tag, "repository.repository", "o/other"],
    ["registry of a tag", tag, "repository.registry", "evil.example"],
    ["tag", tag, "tag", "latest"],
    ["mutability", tag, "mutability", "moving"],
    ["node", tag, "node", "other@1"],
    ["workflow", build, "dispatch.workflow", "deploy.yml"],
    ["Git repository", build, "dispatch.gitRepository", "evil/evil"],
    ["Git ref", build, "dispatch.ref", "evil"],
    ["input more", build, "dispatch.inputs.extra", "x"],
    ["destination in an input", build, "dispatch.inputs.destination", "evil.example/a:b"],
    ["base in an input", build, "dispatch.inputs.base", "evil.example/a:b"],
    ["version in an input", build, "dispatch.inputs.version", "3.14.2t"],
    ["text instead of a companion", build, "dispatch.inputs.numpy", "2.4.0; rm -rf /"],
    ["reference instead of a companion", build, "dispatch.inputs.numpy", "{destination}"],
    ["repository of a build", build, "repository.repository", "o/other"],
    ["exact tag of a build", build, "exactTag", "3.14.2t"],
    ["way to publish", build, "publish", "direct"],
    ["repository of a base", build, "bases.0.repository.repository", "evil/base"],
    ["name of a base", build, "bases.0.name", "cpython-asan"],
    ["base less", build, "bases", []],
    ["build that is awaited", wait, "build", "build:cpython-asan@3.14.3t"],
    ["platform less", verify, "platforms", []],
    ["repository that is verified", verify, "repository.repository", "o/x"],
    ["image", node, "image", "other"],
    ["line of versions", node, "version", "3.13.1t"],
    ["variant", node, "version", "3.14.3"],
    ["text for a version", node, "version", "nonsense"],
    ["version of the same line than its id says", node, "version", "3.14.2t"],
  ])("NOT_ALLOWED for another %s", async (_, id, path, value) => {
    expect(await startForged(id, path, value)).toBe("NOT_ALLOWED");
  });

  it("allows another version of a companion, which only the source can know", async () => {
    expect(await startForged(build, "dispatch.inputs.numpy", "2.4.1-rc.1+cu12")).toBe("nothing thrown");
  });

  it("names every step that is not allowed", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const { family } = createWorld({ ...cpythonConfig, repository: "quay.io/o/{image}" });
    const touching = plan.steps.filter((step) => step.kind !== "await-image").map((step) => step.id);
    try {
      execute(plan, world.ports, { definition: family });
      expect.unreachable();
    } catch (error) {
      const paths = (error as BayplanError).problems.map((problem) => problem.path);
      expect(new Set(paths)).toEqual(new Set(touching));
      expect(error).toBeInstanceOf(BayplanError);
    }
  });

  it("knows external bases and a workflow's own Git repository", async () => {
    const base = "quay.io/lib/os:1";
    const images = { a: { workflow: "a.yml", gitRepository: "o/a", base } };
    const world = createWorld({ ...cpythonConfig, images, repository: "ghcr.io/o/{image}" });
    world.registry.push(base);
    const hosts = Object.assign(world.registry, { hosts: ["ghcr.io", "quay.io"] });
    expect(hosts.hosts).toHaveLength(2);
    const plan = await world.plan();
    expect((await world.execute(plan)).state).toBe("complete");
    const forged = forge(plan, "build:a@3.14.3t", "bases.0.name", "quay.io/lib/os:2");
    expect(codeOf(() => execute(forged, world.ports, { definition: world.family }))).toBe("NOT_ALLOWED");
  });
});

describe("execute refuses plans that cannot be used", () => {
  it("PLAN_EXPIRED once its time is over, not before", async () => {
    const world = createWorld({ ...cpythonConfig, planValidMinutes: 1 });
    const plan = await world.plan();
    await world.clock.sleep(60_000);
    const valid = execute(plan, world.ports, { definition: world.family });
    expect((await valid.result).state).toBe("complete");
    expect(codeOf(() => execute(plan, world.ports, { definition: world.family }))).toBe("PLAN_EXPIRED");
  });

  it("INVALID_PLAN for a changed plan", async () => {
    const world = createWorld();
    const plan = { ...(await world.plan()), family: "other" };
    expect(codeOf(() => execute(plan, world.ports, { definition: world.family }))).toBe("INVALID_PLAN");
  });

  it.each<[string, unknown]>([
    ["dependsOn", [tag]],
    ["dependsOn", ["nothing"]],
    ["dependsOn", [build]],
    ["id", "build:cpython-tsan@3.14.3t"],
  ])("INVALID_PLAN for steps that can never all run: %s %j", async (path, value) => {
    expect(await startForged(build, path, value)).toBe("INVALID_PLAN");
  });
});
