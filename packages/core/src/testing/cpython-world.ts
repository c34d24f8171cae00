import type { Family } from "../definition/family.ts";
import type { FamilyConfig } from "../definition/family-config.ts";
import { parseDefinition } from "../definition/parse-definition.ts";
import { execute } from "../execute/execute.ts";
import type { ExecuteOptions } from "../execute/execute-options.ts";
import type { ExecutionResult } from "../execute/execution.ts";
import { observeState } from "../observe/observe-state.ts";
import { createPlan } from "../plan/create-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { DispatchRequest } from "../ports/ci.ts";
import { createFakeCi, type FakeBuild, type FakeCi } from "./fake-ci.ts";
import { createFakeRegistry, type FakeRegistry } from "./fake-registry.ts";
import { createFakeSource, type FakeSource } from "./fake-source.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

/** The family of cpython_sanity: two chains of two images, one version, one alias. */
export const cpythonConfig: FamilyConfig = {
  name: "cpython",
  repository: "ghcr.io/o/{image}",
  version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
  companions: { numpy: { source: "numpy", scheme: "semver" } },
  images: {
    "cpython-tsan": { workflow: "cpython.yml" },
    "cpython-asan": { workflow: "cpython-asan.yml" },
    "numpy-tsan": {
      workflow: "numpy.yml",
      base: "cpython-tsan",
      inputs: { version: "{version}", numpy: "{numpy}", base: "{base}", destination: "{destination}" },
    },
    "numpy-asan": { workflow: "numpy-asan.yml", base: "cpython-asan" },
  },
  tags: ["{version}", { alias: "{major}.{minor}t" }],
};

/** Reference of an image of {@link cpythonConfig}. */
export const at = (image: string, tag = "3.14.3t") => `ghcr.io/o/${image}:${tag}`;

/** A definition, everything outside it in memory, and the thread through it. */
export interface World {
  readonly family: Family;
  readonly registry: FakeRegistry;
  readonly ci: FakeCi;
  readonly clock: VirtualClock;
  readonly python: FakeSource;
  readonly numpy: FakeSource;
  readonly ports: {
    readonly registries: readonly FakeRegistry[];
    readonly ci: FakeCi;
    readonly clock: VirtualClock;
    readonly sources: Readonly<Record<string, FakeSource>>;
  };
  /** What a workflow does beside pushing to its destination. */
  build: (request: DispatchRequest) => FakeBuild;
  /** Stores finished images under their exact tag and the alias. */
  publish(...images: readonly string[]): void;
  plan(): Promise<Plan>;
  execute(plan: Plan, options?: Partial<ExecuteOptions>): Promise<ExecutionResult>;
}

/** A world with nothing published and 3.14.3 as the newest version. */
export function createWorld(config: FamilyConfig = cpythonConfig, hosts?: readonly string[]): World {
  const family = parseDefinition(config);
  const named = family.images.flatMap(({ repository, copies = [] }) => [repository, ...copies]);
  const registry = createFakeRegistry(hosts ?? [...new Set(["ghcr.io", ...named.map((one) => one.registry)])]);
  const clock = createVirtualClock();
  const python = createFakeSource(["3.13.9", "3.14.2", "3.14.3", "3.15.0a1"]);
  const numpy = createFakeSource(["2.3.4", "2.4.0", "2.5.0-rc.1"]);
  const ci = createFakeCi(clock, (request) => {
    const destination = request.inputs["destination"] ?? "";
    const push = () => registry.push(destination, { seed: JSON.stringify(request.inputs) });
    // A test pushes nothing.
    return { ...(destination === "" ? {} : { push }), ...world.build(request) };
  });
  const ports = { registries: [registry], ci, clock, sources: { "python.org": python, numpy } };
  const world: World = {
    family,
    registry,
    ci,
    clock,
    python,
    numpy,
    ports,
    build: () => ({}),
    publish(...images) {
      for (const image of images) {
        for (const tag of ["3.14.3t", "3.14t"]) registry.push(at(image, tag), { seed: image });
      }
    },
    plan: async () => createPlan(family, await observeState(family, ports), clock.now()),
    execute: (plan, options = {}) => execute(plan, ports, { definition: family, ...options }).result,
  };
  return world;
}
