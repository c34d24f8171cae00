import { describe, expect, it } from "vitest";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { createFakeRegistry } from "../testing/fake-registry.ts";
import { outcomeOf, states } from "../testing/outcomes.ts";
import { execute } from "./execute.ts";

describe("execute: failures", () => {
  it("fails a failed run at once, skips what is built on it and finishes the other chain", async () => {
    const world = createWorld();
    world.build = (request) =>
      request.workflow === "cpython.yml" ? { conclusion: "failure", tookMs: 1000, push: () => {} } : {};
    const result = await world.execute(await world.plan());
    expect(result.state).toBe("partial");
    expect(outcomeOf(result, "await:cpython-tsan@3.14.3t")).toMatchObject({ state: "failed", code: "RUN_FAILED" });
    expect(outcomeOf(result, "tag:numpy-tsan@3.14.3t:3.14t")).toEqual({
      step: "tag:numpy-tsan@3.14.3t:3.14t",
      state: "skipped",
      because: "await:cpython-tsan@3.14.3t",
    });
    expect(world.registry.digestOfTag(at("numpy-asan", "3.14t"))).toBeDefined();
    expect(world.ci.dispatched.map((request) => request.workflow)).not.toContain("numpy.yml");
    expect(result.outcomes[0]?.step).toMatch(/^build:/);
  });

  it("ends a wait at the deadline and not at the end of the run", async () => {
    const world = createWorld({ ...cpythonConfig, buildTimeoutSeconds: 60 });
    world.build = (request) => (request.workflow === "cpython.yml" ? { conclusion: "never" } : { tookMs: 1000 });
    const result = await world.execute(await world.plan());
    expect(states(result)["await:cpython-tsan@3.14.3t"]).toBe("TIMEOUT");
    expect(states(result)["tag:cpython-asan@3.14.3t:3.14t"]).toBe("done");
    expect(world.clock.elapsedMs()).toBe(60_000);
  });

  it.each(["UNAVAILABLE", "RATE_LIMITED", "TIMEOUT", "RESPONSE_INVALID", "ends-early"] as const)(
    "goes on watching after %s",
    async (error) => {
      const world = createWorld();
      world.ci.watchErrors.push(error, error);
      expect((await world.execute(await world.plan())).state).toBe("complete");
    },
  );

  it.each(["UNAUTHORIZED", "DENIED", "NOT_FOUND"] as const)("ends the wait at once on %s", async (error) => {
    const world = createWorld();
    world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
    world.ci.watchErrors.push(error);
    const result = await world.execute(await world.plan());
    expect(states(result)["await:cpython-tsan@3.14.3t"]).toBe(error);
  });

  it("reports a run that succeeded and pushed nothing, after the registry had time to settle", async () => {
    const world = createWorld();
    world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
    world.build = () => ({ tookMs: 0, push: () => {} });
    const result = await world.execute(await world.plan(), { settleMs: 5000 });
    expect(states(result)["await:cpython-tsan@3.14.3t"]).toBe("NOT_FOUND");
    expect(world.clock.elapsedMs()).toBe(5000);
  });

  it("waits for an image that shows later than its run ends", async () => {
    const world = createWorld();
    world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
    world.build = (request) => ({
      tookMs: 0,
      push: () => void world.clock.sleep(20_000).then(() => world.registry.push(request.inputs["destination"] ?? "")),
    });
    expect((await world.execute(await world.plan())).state).toBe("complete");
  });

  it("tags nothing that lacks a platform", async () => {
    const world = createWorld({ ...cpythonConfig, platforms: ["linux/amd64", "linux/arm64"] });
    const result = await world.execute(await world.plan());
    expect(states(result)["verify:cpython-tsan@3.14.3t"]).toBe("PLATFORM_MISMATCH");
    expect(world.registry.digestOfTag(at("cpython-tsan"))).toBeUndefined();
  });

  it("verifies and pins every platform of an index", async () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const world = createWorld({ ...cpythonConfig, platforms });
    world.build = ({ inputs }) => ({
      push: () => world.registry.push(inputs["destination"] ?? "", { platforms: [...platforms, "linux/s390x"] }),
    });
    const result = await world.execute(await world.plan());
    expect(result.state).toBe("complete");
    const verified = outcomeOf(result, "verify:cpython-tsan@3.14.3t");
    expect("platforms" in verified && Object.keys(verified.platforms ?? {})).toEqual([...platforms, "linux/s390x"]);
  });

  it("fails a refused dispatch and skips what needs it", async () => {
    const world = createWorld();
    world.ci.dispatchError = "DENIED";
    const result = await world.execute(await world.plan());
    expect(states(result)["build:cpython-tsan@3.14.3t"]).toBe("DENIED");
    expect(states(result)["build:numpy-tsan@3.14.3t"]).toBe("skipped");
  });

  it("does not start a build when the registry hides whether it is there, unless the definition says so", async () => {
    for (const [deniedMeans, expected] of [
      ["unknown", "DENIED"],
      ["absent", "done"],
    ] as const) {
      const world = createWorld({ ...cpythonConfig, deniedMeans });
      world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
      const plan = await world.plan();
      const denied = Object.assign(createFakeRegistry(), {
        resolve: async () => ({ state: "denied-or-absent" as const }),
      });
      const result = await world.execute(plan, { settleMs: 0, definition: world.family });
      expect(result.state).toBe("complete");
      const other = createWorld({ ...cpythonConfig, deniedMeans });
      const hidden = await execute(
        plan,
        { ...other.ports, registries: [denied] },
        { definition: other.family, settleMs: 0 },
      ).result;
      expect(states(hidden)["build:cpython-tsan@3.14.3t"]).toBe(expected);
    }
  });

  it("reports a bug of an adapter as INTERNAL without stopping the rest", async () => {
    const world = createWorld();
    world.registry.failures.set(`tag ${at("cpython-tsan")}`, new TypeError("x is not a function"));
    const result = await world.execute(await world.plan());
    expect(states(result)["tag:cpython-tsan@3.14.3t:3.14.3t"]).toBe("INTERNAL");
    expect(states(result)["tag:cpython-asan@3.14.3t:3.14t"]).toBe("done");
  });

  it("fails the steps of a host without an adapter", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const ports = { ...world.ports, registries: [createFakeRegistry(["quay.io"])] };
    const result = await execute(plan, ports, { definition: world.family }).result;
    expect(states(result)["build:cpython-tsan@3.14.3t"]).toBe("UNSUPPORTED");
  });
});
