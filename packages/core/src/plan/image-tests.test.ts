import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { planOf, states, stepsOf } from "../testing/plan-of.ts";

const config: FamilyConfig = { ...cpythonConfig, test: "test.yml" };
const id = (image: string) => `${image}@3.14.3t`;

describe("createPlan: tests", () => {
  it("stand between the check and the first tag, and nothing that is built on the image waits for them", async () => {
    const world = createWorld(config);
    const plan = await world.plan();
    const node = id("cpython-tsan");
    const own = plan.steps.filter((step) => step.node === node);
    expect(own.map(({ kind }) => kind)).toEqual(["build", "await-image", "verify", "test", "tag", "tag"]);
    const test = plan.steps.find((step) => step.id === `test:${node}`);
    expect(test).toMatchObject({
      dependsOn: [`verify:${node}`],
      dispatch: { workflow: "test.yml", ref: "main", inputs: { version: "3.14.3t", tested: "{tested}" } },
      timeoutMs: 5_400_000,
    });
    expect(own[4]?.dependsOn).toEqual([`test:${node}`]);
    const dependant = plan.steps.find((step) => step.id === `build:${id("numpy-tsan")}`);
    expect(dependant?.dependsOn).toEqual([`verify:${node}`]);
    expect((await world.execute(plan)).state).toBe("complete");
    const tested = world.ci.dispatched
      .filter(({ workflow }) => workflow === "test.yml")
      .map(({ inputs }) => inputs["tested"]);
    expect(tested).toContain(`ghcr.io/o/cpython-tsan@${world.registry.digestOfTag(at("cpython-tsan"))}`);
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it("keep an image that fails them from its tags, and only that one", async () => {
    const world = createWorld(config);
    world.build = ({ workflow, inputs }) =>
      workflow === "test.yml" && inputs["tested"]?.includes("cpython-tsan") ? { conclusion: "failure" } : {};
    expect((await world.execute(await world.plan())).state).toBe("partial");
    const tagged = Object.keys(world.registry.snapshot()).filter((reference) => reference.endsWith(":3.14.3t"));
    expect(tagged).toEqual(["cpython-asan", "numpy-asan", "numpy-tsan"].map((image) => at(image)));
    // Built before: found under its staging tag and tested, not built again.
    world.build = () => ({});
    const next = await world.plan();
    expect(states(next)["cpython-tsan"]).toBe("tag-missing");
    expect(next.steps.map(({ kind }) => kind)).toEqual(["verify", "test", "tag", "tag"]);
    expect((await world.execute(next, { retryAfterFailure: "now" })).state).toBe("complete");
  });

  it("keep the whole of a gated group from its tags", async () => {
    const world = createWorld({ ...config, release: "apps" });
    world.build = ({ workflow, inputs }) =>
      workflow === "test.yml" && inputs["tested"]?.includes("numpy-asan") ? { conclusion: "failure" } : {};
    const plan = await world.plan();
    const preflight = plan.steps.find(({ kind }) => kind === "preflight");
    expect(preflight?.dependsOn).toEqual(expect.arrayContaining(plan.nodes.map((node) => `test:${node.id}`)));
    await world.execute(plan);
    expect(Object.keys(world.registry.snapshot()).filter((reference) => !reference.includes(":bp-"))).toEqual([]);
  });

  it("are run for what a workflow has published itself, until they have passed", async () => {
    const images = { a: { workflow: "a.yml" } };
    const world = createWorld({ ...config, images, publish: "direct", copies: ["docker.io/acme/{image}"] });
    world.build = ({ workflow }) => (workflow === "test.yml" ? { conclusion: "failure" } : {});
    await world.execute(await world.plan());
    expect(Object.keys(world.registry.snapshot())).toEqual([at("a")]);
    // Its exact tag is there, and says nothing: other tags and copies still wait for the test.
    const next = await world.plan();
    expect(states(next)["a"]).toBe("built");
    expect(next.steps.map(({ kind }) => kind)).toEqual(["verify", "test", "tag", "copy", "tag", "tag"]);
    await world.execute(next, { retryAfterFailure: "now" });
    expect(Object.keys(world.registry.snapshot())).toEqual([at("a")]);
    world.build = () => ({});
    expect((await world.execute(await world.plan(), { retryAfterFailure: "now" })).state).toBe("complete");
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it("come before copies, and follow the image's own words", async () => {
    const images = {
      a: {
        workflow: "a.yml",
        test: { workflow: "t.yml", gitRepository: "o/t", inputs: { ref: "{tested} {numpy}" }, timeoutSeconds: 60 },
      },
      b: { workflow: "b.yml", test: false as const },
    };
    const plan = await planOf(() => {}, { ...config, images, copies: ["docker.io/acme/{image}"] });
    const test = plan.steps.find(({ kind }) => kind === "test");
    expect(test).toMatchObject({
      dispatch: { gitRepository: "o/t", inputs: { ref: "{tested} 2.4.0" }, workflow: "t.yml" },
      timeoutMs: 60_000,
    });
    expect(plan.steps.find(({ id: step }) => step === `copy:${id("a")}:docker.io/acme/a`)?.dependsOn).toEqual([
      `test:${id("a")}`,
    ]);
    expect(plan.steps.filter(({ kind }) => kind === "test")).toHaveLength(1);
  });

  it("are not run for what is published already", async () => {
    const plan = await planOf((world) => {
      world.publish(...Object.keys(cpythonConfig.images));
      world.registry.push(at("numpy-tsan", "3.14t"), { seed: "older" });
    }, config);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["tag"]);
  });
});
