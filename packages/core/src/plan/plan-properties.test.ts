import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BayplanError } from "../errors.ts";
import { observeState } from "../observe/observe-state.ts";
import { digestOf } from "../oci/digest.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { planOf } from "../testing/plan-of.ts";
import { createPlan } from "./create-plan.ts";

const images = Object.keys(cpythonConfig.images);

describe("createPlan: always", () => {
  const answer = fc.constantFrom("present", "absent", "unknown", "denied-or-absent");
  /** A state in which every question has any answer. */
  const anyState = fc.record({
    answers: fc.array(answer, { minLength: 20, maxLength: 20 }),
    deniedMeans: fc.constantFrom("unknown", "absent"),
    publish: fc.constantFrom("staged", "direct"),
  });

  async function observeAny(world: World, answers: readonly string[]) {
    let asked = 0;
    const registry = Object.assign(world.registry, {
      resolve: async (reference: Parameters<typeof world.registry.resolve>[0]) => {
        asked += 1;
        const state = answers[asked % answers.length];
        if (state === "unknown") throw new BayplanError("UNAVAILABLE", "down");
        if (state !== "present") return { state: state as "absent" | "denied-or-absent" };
        const digest = world.registry.push(`ghcr.io/o/x:${asked}`, { seed: JSON.stringify(reference) });
        return { state: "present" as const, descriptor: { mediaType: "", digest, size: 0 } };
      },
      fetchManifest: async (reference: Parameters<typeof world.registry.resolve>[0]) => {
        if (asked % 7 === 0) throw new BayplanError("RATE_LIMITED", "slow down");
        const manifest = JSON.stringify({
          schemaVersion: 2,
          manifests: [
            {
              mediaType: "x",
              size: 0,
              digest: "digest" in reference ? reference.digest : "",
              platform: { os: "linux", architecture: asked % 5 === 0 ? "arm64" : "amd64" },
            },
          ],
        });
        return {
          descriptor: { mediaType: "", digest: digestOf(new Uint8Array()), size: 0 },
          bytes: new TextEncoder().encode(manifest),
        };
      },
    });
    return observeState(world.family, { ...world.ports, registries: [registry] });
  }

  it("has no step before what it needs, builds nothing unknown, and does not depend on the order of facts", async () => {
    await fc.assert(
      fc.asyncProperty(anyState, async ({ answers, deniedMeans, publish }) => {
        const world = createWorld({
          ...cpythonConfig,
          deniedMeans: deniedMeans as "unknown",
          publish: publish as "staged",
        });
        const state = await observeAny(world, answers);
        const plan = createPlan(world.family, state, world.clock.now());
        const seen = new Set<string>();
        for (const step of plan.steps) {
          expect(step.dependsOn.every((id) => seen.has(id))).toBe(true);
          seen.add(step.id);
          if (step.kind !== "build") continue;
          const fact = state.references[at(step.image)];
          expect(deniedMeans === "absent" ? ["absent", "denied-or-absent"] : ["absent"]).toContain(fact?.state);
        }
        expect(seen.size).toBe(plan.steps.length);
        expect(plan.nodes).toHaveLength(images.length);
        const turned = {
          ...state,
          references: Object.fromEntries(Object.entries(state.references).reverse()),
          tags: Object.fromEntries(Object.entries(state.tags).reverse()),
          sources: Object.fromEntries(Object.entries(state.sources).reverse()),
        };
        expect(createPlan(world.family, turned, world.clock.now()).id).toBe(plan.id);
      }),
      { numRuns: 200 },
    );
  });

  it("takes 24 layers of two images, each built on both below, without trying every path", async () => {
    const layers = Array.from({ length: 24 }, (_, index) => index);
    const ladder = Object.fromEntries(
      layers.flatMap((layer) =>
        ["a", "b"].map((side) => [
          `${side}${layer}`,
          { workflow: "x.yml", ...(layer === 0 ? {} : { base: [`a${layer - 1}`, `b${layer - 1}`] }) },
        ]),
      ),
    );
    const started = performance.now();
    const plan = await planOf(() => {}, { ...cpythonConfig, images: ladder });
    expect(plan.steps.filter((step) => step.kind === "build")).toHaveLength(48);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
