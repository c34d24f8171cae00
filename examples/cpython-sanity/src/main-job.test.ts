import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createPlan,
  defineConfig,
  execute,
  observeState,
  type Plan,
  parseManifest,
  parseReference,
  type RegistryAdapter,
  type TagStep,
  tagReference,
} from "@bayplan/core";
import { startDockerRegistry } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { exitCode } from "./exit-code.ts";
import { cpythonSanity } from "./family.ts";
import { type RegistryName, registryNames } from "./simulated-registry.ts";
import { type Simulation, startSimulation } from "./simulation.ts";

async function withSimulation(
  where: { readonly registry?: RegistryName; readonly registryUrl?: string },
  run: (simulation: Simulation) => Promise<void>,
): Promise<void> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "bayplan-main-job-"));
  const simulation = await startSimulation({ stateDirectory, buildMs: 1, ...where });
  try {
    await run(simulation);
  } finally {
    await simulation.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  }
}

async function plan(simulation: Simulation) {
  const family = defineConfig(cpythonSanity(simulation.registryHost, { mirror: simulation.mirrorHost }));
  const state = await observeState(family, simulation.ports);
  return { family, plan: createPlan(family, state, simulation.ports.clock.now()) };
}

/** The whole job: everything missing is built on what it must be built on, tagged, and then nothing is left. */
async function releaseAll(simulation: Simulation): Promise<void> {
  const first = await plan(simulation);
  expect(builds(first.plan)).toHaveLength(11);
  expect(builds(first.plan).map((step) => step.node)).toContain("scipy-tsan@3.14.4t");
  await simulation.prepare(first.plan);
  const result = await execute(first.plan, simulation.ports, { definition: first.family }).result;
  expect(result.outcomes.filter((outcome) => outcome.state === "failed")).toEqual([]);
  expect(result.state).toBe("complete");
  expect(exitCode(first.plan, result)).toBe(0);

  const [registry] = simulation.ports.registries as readonly [RegistryAdapter];
  const at = (image: string, tag: string) => parseReference(`${simulation.registryHost}/nascheme/${image}:${tag}`);
  for (const image of ["cpython-tsan", "numpy-tsan", "scipy-tsan"]) {
    expect(await registry.resolve(at(image, "3.14t"))).toEqual(await registry.resolve(at(image, "3.14.4t")));
  }
  expect(await registry.resolve(at("numpy-tsan", "3.15t"))).toEqual({ state: "absent" });
  for (const step of first.plan.steps) {
    if (step.kind !== "tag") continue;
    const adapter = simulation.ports.registries.find(({ hosts }) => hosts.includes(step.repository.registry));
    const shown = await adapter?.resolve(tagReference(step.repository, step.tag));
    // Also in the copy: the same bytes.
    expect(shown).toEqual(await registry.resolve(at(imageOf(step), step.tag)));
    expect(shown).toHaveProperty("state", "present");
  }
  const layers = await layersOf(registry, at("scipy-tsan", "3.14.4t"));
  expect(layers.slice(0, 2)).toEqual(await layersOf(registry, at("numpy-tsan", "3.14.4t")));
  expect(layers.slice(0, 1)).toEqual(await layersOf(registry, at("cpython-tsan", "3.14.4t")));

  const second = await plan(simulation);
  expect(second.plan.steps).toEqual([]);
  expect(second.plan.nodes.map((node) => node.state.state)).toEqual(Array(11).fill("built"));
  // Each was built once and tested once.
  expect(simulation.github.runs).toHaveLength(22);
}

function imageOf(step: TagStep): string {
  return step.repository.repository.replace("nascheme/", "");
}

function builds(made: Plan) {
  return made.steps.flatMap((step) => (step.kind === "build" ? [step] : []));
}

/** Layer digests of the first platform. */
async function layersOf(
  registry: RegistryAdapter,
  reference: Parameters<RegistryAdapter["resolve"]>[0],
): Promise<readonly string[]> {
  const stored = await registry.fetchManifest(reference);
  if (stored === undefined) throw new Error("not there");
  const manifest = parseManifest(stored);
  if (manifest.kind === "image") return manifest.layers.map((layer) => layer.digest);
  const [child] = manifest.manifests;
  if (child === undefined) throw new Error("an empty index");
  return layersOf(registry, {
    registry: reference.registry,
    repository: reference.repository,
    kind: "digest",
    digest: child.digest,
  });
}

describe("the main job", () => {
  for (const registry of registryNames) {
    it(`releases the family with --registry ${registry}`, () => withSimulation({ registry }, releaseAll), 60_000);
  }

  it("releases the family on Debian's docker-registry", async (context) => {
    const server = await startDockerRegistry();
    if (server === undefined) return context.skip("docker-registry is not installed");
    try {
      await withSimulation({ registryUrl: server.origin }, releaseAll);
    } finally {
      await server.close();
    }
  }, 60_000);
});
