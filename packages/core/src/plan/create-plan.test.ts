import { describe, expect, it } from "vitest";
import type { BayplanErrorCode } from "../errors.ts";
import { observeState } from "../observe/observe-state.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { planOf, reasonsOf, states, stepsOf, withheldOf } from "../testing/plan-of.ts";

const images = Object.keys(cpythonConfig.images);

describe("createPlan", () => {
  it("builds everything, bases first, when nothing is published", async () => {
    const plan = await planOf(() => {});
    expect(states(plan)).toEqual(Object.fromEntries(images.map((image) => [image, "queued"])));
    expect(stepsOf(plan).filter((id) => id.includes(":numpy-tsan@"))).toEqual([
      "build:numpy-tsan@3.14.3t",
      "await:numpy-tsan@3.14.3t",
      "verify:numpy-tsan@3.14.3t",
      "tag:numpy-tsan@3.14.3t:3.14.3t",
      "tag:numpy-tsan@3.14.3t:3.14t",
    ]);
    const build = plan.steps.find((step) => step.id === "build:numpy-tsan@3.14.3t");
    expect(build).toMatchObject({
      dependsOn: ["verify:cpython-tsan@3.14.3t"],
      key: { platforms: [{ platform: "linux/amd64", bases: [{ fromStep: "verify:cpython-tsan@3.14.3t" }] }] },
      dispatch: { workflow: "numpy.yml", ref: "main", inputs: { version: "3.14.3t", numpy: "2.4.0", base: "{base}" } },
    });
    expect(reasonsOf(plan, "numpy-tsan")).toEqual(["missing-in-registry", "parent-rebuilt", "version-selected"]);
    expect(plan).toMatchObject({
      plannedAt: "2026-11-21T02:00:00Z",
      expiresAt: "2026-11-21T03:00:00Z",
      unresolved: [],
    });
  });

  it("does nothing when everything is published", async () => {
    const plan = await planOf((world) => world.publish(...images));
    expect([plan.steps, new Set(Object.values(states(plan)))]).toEqual([[], new Set(["built"])]);
    expect(reasonsOf(plan, "numpy-tsan")).toEqual(["up-to-date", "version-selected"]);
  });

  it("builds only what is missing, pinned to the base that is there", async () => {
    const world = createWorld();
    world.publish("cpython-tsan", "cpython-asan", "numpy-asan");
    const plan = await world.plan();
    expect(plan.steps.filter((step) => step.kind === "build")).toMatchObject([
      {
        image: "numpy-tsan",
        dependsOn: [],
        bases: [{ target: { digest: world.registry.digestOfTag(at("cpython-tsan")) } }],
      },
    ]);
  });

  it("only moves an alias that is behind, expecting what it saw", async () => {
    const world = createWorld();
    world.publish(...images);
    const old = world.registry.push(at("numpy-tsan", "3.14t"), { seed: "3.14.2t" });
    const plan = await world.plan();
    expect(plan.steps).toMatchObject([
      {
        kind: "tag",
        tag: "3.14t",
        mutability: "moving",
        expected: { digest: old },
        dependsOn: [],
        reasons: [{ code: "tag-behind" }, { code: "highest-in-line" }],
      },
    ]);
  });

  it("promotes a finished build instead of building it again", async () => {
    const world = createWorld();
    world.registry.failures.set(`tag ${at("numpy-tsan")}`, "UNAVAILABLE");
    await world.execute(await world.plan());
    const plan = await world.plan();
    expect(states(plan)).toMatchObject({ "cpython-tsan": "built", "numpy-tsan": "tag-missing" });
    expect(stepsOf(plan)).toEqual([
      "verify:numpy-tsan@3.14.3t",
      "tag:numpy-tsan@3.14.3t:3.14.3t",
      "tag:numpy-tsan@3.14.3t:3.14t",
    ]);
    expect(reasonsOf(plan, "numpy-tsan")).toEqual(["missing-in-registry", "staged-build-found", "version-selected"]);
  });

  it("builds on a base that is finished and not yet promoted", async () => {
    const world = createWorld();
    world.registry.failures.set(`tag ${at("cpython-tsan")}`, "UNAVAILABLE");
    world.build = (request) => (request.workflow === "numpy.yml" ? { conclusion: "failure", push: () => {} } : {});
    await world.execute(await world.plan());
    world.registry.failures.clear();
    world.build = () => ({});
    const plan = await world.plan();
    expect(states(plan)).toMatchObject({ "cpython-tsan": "tag-missing", "numpy-tsan": "queued" });
    expect(plan.steps.find((step) => step.id === "build:numpy-tsan@3.14.3t")).toMatchObject({
      dependsOn: ["verify:cpython-tsan@3.14.3t"],
      bases: [{ target: { digest: expect.any(String) } }],
    });
    expect((await world.execute(plan)).state).toBe("complete");
  });

  it.each<BayplanErrorCode>(["RATE_LIMITED", "UNAVAILABLE", "TIMEOUT", "UNAUTHORIZED"])(
    "builds nothing because of %s, and plans the other chain all the same",
    async (code) => {
      const plan = await planOf((world) => world.registry.failures.set(`resolve ${at("cpython-tsan")}`, code));
      expect(states(plan)).toEqual({
        "cpython-tsan": "unknown",
        "cpython-asan": "queued",
        "numpy-tsan": "blocked on cpython-tsan@3.14.3t",
        "numpy-asan": "queued",
      });
      expect(stepsOf(plan).filter((id) => id.includes("tsan"))).toEqual([]);
      expect([reasonsOf(plan, "cpython-tsan")?.[0], reasonsOf(plan, "numpy-tsan")?.[1]]).toEqual([
        "registry-unknown",
        "blocked",
      ]);
    },
  );

  it("leaves a built image alone whose base is unknown, beside its tags", async () => {
    const plan = await planOf((world) => {
      world.publish("numpy-tsan");
      world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "UNAVAILABLE");
    });
    expect(states(plan)).toMatchObject({ "cpython-tsan": "unknown", "numpy-tsan": "built" });
  });

  it("takes denied-or-absent as the definition says", async () => {
    const deny = (world: World) => {
      for (const image of images) {
        for (const tag of ["3.14.3t", "3.14t"])
          world.registry.failures.set(`resolve ${at(image, tag)}`, "denied-or-absent");
      }
    };
    const careful = await planOf(deny);
    expect([careful.steps, states(careful)["cpython-tsan"]]).toEqual([[], "unknown"]);
    expect(reasonsOf(careful, "cpython-tsan")?.[0]).toBe("denied-or-absent");
    const bold = await planOf(deny, { ...cpythonConfig, deniedMeans: "absent" });
    expect(states(bold)["numpy-tsan"]).toBe("queued");
    expect(reasonsOf(bold, "cpython-tsan")?.[0]).toBe("denied-or-absent");
  });

  it.each<[string, (world: World) => void, "moves" | "withholds"]>([
    ["the first release of a repository that is hidden until then", () => {}, "moves"],
    [
      "a repository of which something can be seen",
      (world) => world.registry.push(at("cpython-tsan", "3.14t")),
      "withholds",
    ],
    [
      "a repository of which something is unknown",
      (world) => world.registry.failures.set(`resolve ${at("cpython-tsan", "3.14t")}`, "UNAVAILABLE"),
      "withholds",
    ],
    [
      "the first release, where the registry asks for credentials that are there",
      (world) => world.registry.failures.set("list ghcr.io/o/cpython-tsan", "UNAUTHORIZED"),
      "moves",
    ],
    [
      "a listing that fails otherwise",
      (world) => world.registry.failures.set("list ghcr.io/o/cpython-tsan", "RATE_LIMITED"),
      "withholds",
    ],
  ])("takes a listing that is denied for an empty one where it may: %s", async (_, change, expected) => {
    const aliases = async (deniedMeans: "absent" | "unknown") => {
      const plan = await planOf(
        (world) => {
          for (const tag of ["3.14.3t", "3.14t"])
            world.registry.failures.set(`resolve ${at("cpython-tsan", tag)}`, "denied-or-absent");
          world.registry.failures.set("list ghcr.io/o/cpython-tsan", "DENIED");
          const alias = `resolve ${at("cpython-tsan", "3.14t")}`;
          const before = world.registry.digestOfTag(at("cpython-tsan", "3.14t"));
          change(world);
          if (world.registry.digestOfTag(at("cpython-tsan", "3.14t")) !== before) world.registry.failures.delete(alias);
        },
        { ...cpythonConfig, deniedMeans },
      );
      return plan.steps.some((step) => step.kind === "tag" && step.tag === "3.14t" && step.id.includes("cpython-tsan"));
    };
    expect(await aliases("absent")).toBe(expected === "moves");
    expect(await aliases("unknown")).toBe(false);
  });

  it("does not build again when the staging tag cannot be asked", async () => {
    const world = createWorld();
    const staged = async () =>
      Object.keys((await observeState(world.family, world.ports)).references).find((key) =>
        key.includes("cpython-tsan:bp-"),
      );
    world.registry.failures.set(`resolve ${await staged()}`, "RATE_LIMITED");
    expect(states(await world.plan())).toMatchObject({
      "cpython-tsan": "unknown",
      "numpy-tsan": "blocked on cpython-tsan@3.14.3t",
    });
  });

  it.each<[string, (world: World) => void, string]>([
    ["higher release", (world) => world.registry.push(at("cpython-tsan", "3.14.4t")), "not-highest"],
    [
      "listing that fails",
      (world) => world.registry.failures.set("list ghcr.io/o/cpython-tsan", "INCOMPLETE"),
      "listing-incomplete",
    ],
    [
      "alias that cannot be asked",
      (world) => world.registry.failures.set(`resolve ${at("cpython-tsan", "3.14t")}`, "TIMEOUT"),
      "registry-unknown",
    ],
    [
      "alias that is denied or absent",
      (world) => world.registry.failures.set(`resolve ${at("cpython-tsan", "3.14t")}`, "denied-or-absent"),
      "registry-unknown",
    ],
  ])("withholds the alias for a %s, and says so", async (_, prepare, code) => {
    const plan = await planOf((world) => {
      world.publish(...images.slice(1));
      world.registry.push(at("cpython-tsan"));
      prepare(world);
    });
    expect([plan.steps, withheldOf(plan)]).toEqual([[], [code]]);
  });

  it("never moves an alias to a pre-release", async () => {
    const version = { source: "python.org", scheme: "cpython-tag", line: "3.15", prereleases: true };
    const plan = await planOf(() => {}, {
      ...cpythonConfig,
      version,
      tags: ["{version}", { alias: "{major}.{minor}" }],
    });
    expect(plan.steps.flatMap((step) => (step.kind === "tag" ? [step.tag] : []))).toEqual(images.map(() => "3.15.0a1"));
    expect(new Set(withheldOf(plan))).toEqual(new Set(["prerelease"]));
  });

  it("writes tags most specific first, latest last", async () => {
    const tags = [{ alias: "latest" }, { alias: "{major}" }, "{version}", { alias: "{major}.{minor}" }, "v{version}"];
    const plan = await planOf(() => {}, { ...cpythonConfig, images: { a: { workflow: "a.yml" } }, tags });
    expect(plan.steps.flatMap((step) => (step.kind === "tag" ? [step.tag] : []))).toEqual([
      "3.14.3t",
      "v3.14.3t",
      "3.14",
      "3",
      "latest",
    ]);
  });

  it("overwrites no second exact tag", async () => {
    const config = { ...cpythonConfig, images: { a: { workflow: "a.yml" } }, tags: ["{version}", "v{version}"] };
    const taken = (built: boolean) => (world: World) => {
      world.registry.push("ghcr.io/o/a:v3.14.3t", { seed: "other" });
      if (built) world.registry.push("ghcr.io/o/a:3.14.3t");
    };
    expect(withheldOf(await planOf(taken(true), config))).toEqual(["immutable-conflict"]);
    const queued = await planOf(taken(false), config);
    expect(queued.steps.flatMap((step) => (step.kind === "tag" ? [step.tag] : []))).toEqual(["3.14.3t"]);
  });
});
