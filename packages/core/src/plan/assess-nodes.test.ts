import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { BayplanError, isBayplanError } from "../errors.ts";
import { observeState } from "../observe/observe-state.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import { digestOf } from "../oci/digest.ts";
import { codeOfRejected } from "../testing/code-of.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { planOf, reasonsOf, states } from "../testing/plan-of.ts";
import { createPlan } from "./create-plan.ts";

const images = Object.keys(cpythonConfig.images);

describe("createPlan: versions and bases", () => {
  it.each<[string, (world: World) => void, string]>([
    [
      "fails",
      (world) => {
        world.python.error = new BayplanError("UNAVAILABLE", "down");
      },
      "source-failed",
    ],
    [
      "was cut short",
      (world) => {
        world.python.completeness = { truncated: true };
      },
      "source-incomplete",
    ],
    [
      "publishes nothing",
      (world) => {
        world.python.candidates = [];
      },
      "no-version",
    ],
    [
      "publishes one release twice",
      (world) => {
        world.python.candidates = ["3.14.3", "3.14.03"];
      },
      "version-ambiguous",
    ],
  ])("leaves a leg open whose source %s", async (_, prepare, code) => {
    const plan = await planOf(prepare);
    expect(plan).toMatchObject({ steps: [], nodes: [], unresolved: [{ leg: "3.14t", reasons: [{ code }] }] });
  });

  it("leaves a leg open whose version is too young", async () => {
    const version = { source: "python.org", scheme: "cpython-tag", minimumAgeDays: 3 };
    const plan = await planOf(() => {}, { ...cpythonConfig, version });
    expect(plan.unresolved).toMatchObject([
      { leg: "python.org", reasons: [{ code: "version-held", minimumAgeDays: 3 }] },
    ]);
  });

  it("plans one leg when the other has no version", async () => {
    const version = ["3.14", "3.99"].map((line) => ({ source: "python.org", scheme: "cpython-tag", line }));
    const plan = await planOf(() => {}, { ...cpythonConfig, version, tags: ["{version}"] });
    expect([plan.nodes.length, plan.unresolved.map((leg) => leg.leg)]).toEqual([4, ["3.99"]]);
  });

  it("leaves alone what needs a companion nobody could name, and only that", async () => {
    const plan = await planOf((world) => {
      world.numpy.error = new BayplanError("UNAVAILABLE", "down");
    });
    expect(states(plan)).toMatchObject({ "numpy-tsan": "unknown", "numpy-asan": "queued", "cpython-tsan": "queued" });
    expect(reasonsOf(plan, "numpy-tsan")).toContain("source-failed");
  });

  it("calls nothing absent that a state does not speak of", () => {
    const { family, clock } = createWorld();
    const empty: ReleaseState = { formatVersion: 1, observedAt: clock.now(), sources: {}, references: {}, tags: {} };
    const plan = createPlan(family, empty, clock.now());
    expect(plan).toMatchObject({ steps: [], unresolved: [{ leg: "3.14t" }] });
    const listed = { state: "listed", candidates: [{ raw: "3.14.3" }], completeness: { truncated: false } } as const;
    const unasked = createPlan(family, { ...empty, sources: { "python.org": listed } }, clock.now());
    expect([unasked.steps, new Set(Object.values(states(unasked)))]).toEqual([[], new Set(["unknown"])]);
    const references = Object.fromEntries(images.map((image) => [at(image), { state: "absent" as const }]));
    const withoutCompanion = createPlan(
      family,
      { ...empty, sources: { "python.org": listed }, references },
      clock.now(),
    );
    expect(states(withoutCompanion)["numpy-tsan"]).toBe("unknown");
  });

  const external = (platforms: readonly string[] = ["linux/amd64"]): FamilyConfig => ({
    ...cpythonConfig,
    platforms,
    images: {
      a: { workflow: "a.yml", base: "ghcr.io/lib/os:1" },
      b: { workflow: "b.yml", base: ["a", "ghcr.io/lib/os:1"] },
    },
  });
  it.each<[string, (world: World) => void, string]>([
    ["is absent", () => {}, "missing-in-registry"],
    [
      "is unknown",
      (world) => world.registry.failures.set("resolve ghcr.io/lib/os:1", "UNAVAILABLE"),
      "registry-unknown",
    ],
    [
      "may be denied",
      (world) => world.registry.failures.set("resolve ghcr.io/lib/os:1", "denied-or-absent"),
      "denied-or-absent",
    ],
    [
      "lacks the platform",
      (world) => world.registry.push("ghcr.io/lib/os:1", { platforms: ["linux/arm64"] }),
      "platform-missing",
    ],
  ])("blocks what is built on an external base that %s", async (_, prepare, code) => {
    const plan = await planOf(prepare, external());
    expect([plan.steps, states(plan)]).toEqual([[], { a: "blocked on ghcr.io/lib/os:1", b: "blocked on a@3.14.3t" }]);
    expect(reasonsOf(plan, "a")?.[1]).toBe(code);
  });

  it("pins an external base for each platform, in Dockerfile order", async () => {
    const platforms = ["linux/arm64", "linux/amd64"];
    const world = createWorld(external(platforms));
    const os = world.registry.push("ghcr.io/lib/os:1", { platforms });
    const plan = await world.plan();
    expect(plan.steps.find((step) => step.id === "build:b@3.14.3t")).toMatchObject({
      bases: [
        { name: "a", target: { fromStep: "verify:a@3.14.3t" } },
        { name: "ghcr.io/lib/os:1", target: { digest: os } },
      ],
      key: {
        platforms: [
          { platform: "linux/arm64", bases: [{ fromStep: "verify:a@3.14.3t" }, { digest: expect.any(String) }] },
          {},
        ],
      },
    });
  });

  it("blocks an image whose published base lacks a platform or cannot be read", async () => {
    const config = { ...cpythonConfig, platforms: ["linux/arm64"] };
    const lacking = await planOf((world) => world.publish("cpython-tsan"), config);
    expect(reasonsOf(lacking, "numpy-tsan")?.slice(0, 2)).toEqual(["missing-in-registry", "platform-missing"]);
    const world = createWorld();
    world.publish("cpython-tsan");
    const state = await observeState(world.family, world.ports);
    const digest = digestOf(new Uint8Array());
    const unread = {
      ...state,
      references: { ...state.references, [at("cpython-tsan")]: { state: "present" as const, digest } },
    };
    const plan = createPlan(world.family, unread, world.clock.now());
    expect(states(plan)["numpy-tsan"]).toBe("blocked on cpython-tsan@3.14.3t");
  });

  it("refuses two legs that claim one tag, naming both", async () => {
    const version = ["3.13", "3.14"].map((line) => ({ source: "python.org", scheme: "cpython-tag", line }));
    const config = {
      ...cpythonConfig,
      version,
      images: { a: { workflow: "a.yml" } },
      tags: ["{version}", { alias: "latest" }],
    };
    const error = await createWorld(config)
      .plan()
      .catch((caught: unknown) => caught);
    expect(isBayplanError(error) && [error.code, error.problems.map(({ found }) => found)]).toEqual([
      "INVALID_DEFINITION",
      ["ghcr.io/o/a:latest, claimed by a@3.13.9 and by a@3.14.3"],
    ]);
    const same = ["3", "3.14"].map((line) => ({ source: "python.org", scheme: "cpython-tag", line }));
    expect(await codeOfRejected(createWorld({ ...config, version: same }).plan())).toBe("INVALID_DEFINITION");
  });
});
