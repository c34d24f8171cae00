import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { parseDefinition } from "../definition/parse-definition.ts";
import { createPlan } from "../plan/create-plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { familyNodes } from "./family-nodes.ts";
import { observeState } from "./observe-state.ts";
import { requirements } from "./requirements.ts";

const base = "ghcr.io/lib/os:1";
const config: FamilyConfig = {
  repository: "ghcr.io/o/{image}",
  version: {
    source: "python.org",
    scheme: "cpython-tag",
    line: "3.14",
    matrix: {
      variant: ["", "t"],
      platform: ["linux/amd64", "linux/arm64"],
      exclude: [{ variant: "t", platform: "linux/arm64" }],
      derive: { flags: "--variant={variant}" },
    },
  },
  platforms: ["linux/amd64", "linux/arm64"],
  images: { app: { workflow: "app.yml", base } },
  args: { FLAGS: "{flags}", VERSION: "{version}" },
  tags: ["{version}"],
};

describe("a family with values, arguments and platforms of its versions", () => {
  it("is planned and executed: each version with its own, and nothing of it is outside the definition", async () => {
    const world = createWorld(config);
    world.python.candidates = ["3.14.2", "3.14.3"];
    world.build = () => ({});
    world.registry.push(base, { platforms: ["linux/amd64", "linux/arm64"] });
    const plan = await world.plan();
    const builds = plan.steps.flatMap((step) => (step.kind === "build" ? [step] : []));
    expect(builds.map((build) => build.dispatch.inputs["args"])).toEqual([
      "FLAGS=--variant=\nVERSION=3.14.3",
      "FLAGS=--variant=t\nVERSION=3.14.3t",
    ]);
    expect(builds.map((build) => build.key.platforms.map(({ platform }) => platform))).toEqual([
      ["linux/amd64", "linux/arm64"],
      ["linux/amd64"],
    ]);
    const { outcomes } = await world.execute(plan);
    // The fake workflow builds for one platform only: enough for the variant, which needs no other one.
    const verified = outcomes.filter(({ step }) => step.startsWith("verify:"));
    expect(verified.map(({ step, state }) => [step, state])).toEqual([
      ["verify:app@3.14.3", "failed"],
      ["verify:app@3.14.3t", "done"],
    ]);
  });

  it("gives another key for another value of an argument", async () => {
    const keys = await Promise.all(
      [config, { ...config, args: { ...config.args, FLAGS: "other" } }].map(async (each) => {
        const world = createWorld(each);
        world.registry.push(base, { platforms: ["linux/amd64", "linux/arm64"] });
        return (await world.plan()).nodes.map(({ key }) => key);
      }),
    );
    expect(keys[0]?.every((key) => key !== undefined)).toBe(true);
    expect(keys[0]?.[0]).not.toBe(keys[1]?.[0]);
  });
});

describe("a base on some platforms only", () => {
  it("needs no other platform, and is part of the key of these only", async () => {
    const images = { app: { workflow: "app.yml", base: [{ from: base, platforms: ["linux/arm64"] }] } };
    const { args: _, ...rest } = config;
    const version = { source: "python.org", scheme: "cpython-tag", line: "3.14" };
    const world = createWorld({ ...rest, version, images });
    world.python.candidates = ["3.14.3"];
    world.registry.push(base, { platforms: ["linux/arm64", "linux/s390x"] });
    const plan = await world.plan();
    const [build] = plan.steps.flatMap((step) => (step.kind === "build" ? [step] : []));
    expect(build?.key.platforms.map(({ platform, bases }) => [platform, bases.length])).toEqual([
      ["linux/amd64", 0],
      ["linux/arm64", 1],
    ]);
    expect(plan.nodes[0]?.key).toBeDefined();
    world.registry.push(base, { platforms: ["linux/amd64", "linux/s390x"] });
    expect((await world.plan()).nodes[0]?.state).toMatchObject({ state: "blocked" });
  });
});

describe("a version that is given", () => {
  it("asks no source, and says that it was given", async () => {
    const { companions: _, ...rest } = cpythonConfig;
    const world = createWorld({ ...rest, companions: { numpy: "2.1.0" } });
    const { numpy: __, ...sources } = world.ports.sources;
    const state = await observeState(world.family, { ...world.ports, sources });
    const { nodes } = familyNodes(world.family, state, world.clock.now());
    const node = nodes.find(({ image }) => image.name === "numpy-tsan");
    expect(node?.companions).toEqual({ numpy: "2.1.0" });
    expect(node?.given).toEqual([{ code: "version-given", name: "numpy", version: "2.1.0" }]);
    const plan = createPlan(world.family, state, world.clock.now());
    const build = plan.steps.find((step) => step.kind === "build" && step.image === "numpy-tsan");
    expect(build).toMatchObject({ dispatch: { inputs: { numpy: "2.1.0" } } });
    expect((await world.execute(plan)).outcomes.map(({ state: of }) => of)).not.toContain("failed");
  });

  it("is the same build as one that the source comes to", async () => {
    const keyOf = async (given: boolean) => {
      const world = createWorld(cpythonConfig);
      const options = given ? { companions: { numpy: "2.4.0" } } : {};
      const family = parseDefinition(cpythonConfig, options);
      world.publish("cpython-tsan");
      const plan = createPlan(family, await observeState(family, world.ports), world.clock.now());
      expect(world.numpy.asked).toBe(given ? 0 : 1);
      return plan.nodes.find(({ image }) => image === "numpy-tsan")?.key;
    };
    expect(await keyOf(true)).toBe(await keyOf(false));
  });

  it("is the only one that a plan may build", async () => {
    const withVersion = (text: string) => ({ source: "python.org", scheme: "cpython-tag", version: text });
    const [one, other] = ["3.14.1t", "3.14.2t"].map((text) =>
      createWorld({ ...cpythonConfig, version: withVersion(text) }),
    );
    if (one === undefined || other === undefined) throw new Error("two worlds");
    const plan = await one.plan();
    expect(codeOf(() => other.execute(plan))).toBe("NOT_ALLOWED");
    const changed = { ...cpythonConfig, companions: { numpy: "2.1.0" } };
    const [given, asked] = [createWorld({ ...cpythonConfig, companions: { numpy: "2.2.0" } }), createWorld(changed)];
    const foreign = await given.plan();
    expect(codeOf(() => asked.execute(foreign))).toBe("NOT_ALLOWED");
  });

  it("needs no source for the version itself", () => {
    const version = { source: "python.org", scheme: "cpython-tag", version: "3.14.1t" };
    const world = createWorld({ ...cpythonConfig, version, companions: { numpy: "2.1.0" } });
    const now = world.clock.now();
    const facts = { formatVersion: 1, observedAt: now, sources: {}, references: {}, tags: {} } as const;
    expect(new Set(requirements(world.family, facts).map(({ kind }) => kind))).toEqual(new Set(["reference", "tags"]));
    const [node] = familyNodes(world.family, facts, now).nodes;
    expect([node?.version, node?.selected]).toEqual(["3.14.1t", { code: "version-given", version: "3.14.1t" }]);
  });
});
