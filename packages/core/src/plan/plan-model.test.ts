import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { observeState } from "../observe/observe-state.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { createPlan } from "./create-plan.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan } from "./plan.ts";
import type { PlanOptions } from "./plan-options.ts";

const images = Object.keys(cpythonConfig.images);

/** What is there before, what fails the first time, and what somebody wants. */
const anyWorld = fc.record({
  publish: fc.constantFrom("staged", "direct"),
  rebuilds: fc.constantFrom("keep", "replace"),
  adopt: fc.constantFrom("trust", "verify"),
  published: fc.subarray(images),
  aliasBehind: fc.subarray(images),
  staged: fc.subarray(images),
  forced: fc.subarray(images),
  only: fc.option(fc.subarray(images, { minLength: 1 }), { nil: undefined }),
});
type AnyWorld = typeof anyWorld extends fc.Arbitrary<infer Value> ? Value : never;

async function prepare(given: AnyWorld): Promise<World> {
  const { publish, rebuilds, adopt } = given;
  const world = createWorld({ ...cpythonConfig, publish, rebuilds, adopt } as FamilyConfig);
  // Two builds of the same input are never the same bytes: what a build fetches changes.
  let builds = 0;
  world.build = ({ inputs }) => {
    builds += 1;
    const seed = `${builds} ${JSON.stringify(inputs)}`;
    return { push: () => world.registry.push(inputs["destination"] ?? "", { seed }) };
  };
  world.publish(...given.published);
  for (const image of given.aliasBehind) world.registry.push(at(image, "3.14t"), { seed: `older ${image}` });
  // A run before this one that could not promote.
  for (const image of given.staged) world.registry.failures.set(`tag ${at(image)}`, "UNAVAILABLE");
  if (given.staged.length > 0) await world.execute(await world.plan());
  world.registry.failures.clear();
  return world;
}

async function planned(world: World, options: PlanOptions): Promise<Plan> {
  const state = await observeState(world.family, world.ports, { orders: options });
  return createPlan(world.family, state, world.clock.now(), options);
}

function optionsOf({ forced, only }: AnyWorld): PlanOptions {
  const force = forced.length === 0 ? {} : { force: [{ images: forced, by: "Ada", why: "model" }] };
  return { ...force, ...(only === undefined ? {} : { only: { images: only } }) };
}

describe("createPlan in a model of the world", () => {
  it("leaves nothing to do once it is executed, after a journey through JSON, and depends on nothing later", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (given) => {
        const [world, twin] = [await prepare(given), await prepare(given)];
        const options = optionsOf(given);
        const plan = await planned(world, options);
        const seen = new Set<string>();
        for (const step of plan.steps) {
          expect(step.dependsOn.filter((id) => !seen.has(id))).toEqual([]);
          seen.add(step.id);
        }
        const read = parsePlan(JSON.stringify(plan), { definition: world.family });
        expect(read).toEqual(plan);
        expect((await world.execute(plan)).state).toBe("complete");
        expect((await twin.execute(read)).state).toBe("complete");
        expect(twin.registry.snapshot()).toEqual(world.registry.snapshot());
        const { force: _, ...rest } = options;
        const next = await planned(world, rest);
        // Whether an image is the build of a base that was missing shows when the base is there: one plan later.
        if (given.adopt === "verify") expect((await world.execute(next)).state).toBe("complete");
        else expect(next.steps).toEqual([]);
        expect((await planned(world, rest)).steps).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("does not depend on the order in which the world answered, nor builds other things in another order of images", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (given) => {
        const world = await prepare(given);
        const options = optionsOf(given);
        const state = await observeState(world.family, world.ports, { orders: options });
        const plan = createPlan(world.family, state, world.clock.now(), options);
        expect(createPlan(world.family, turned(state), world.clock.now(), options).id).toBe(plan.id);
        const reversed = { ...world.family, images: [...world.family.images].reverse() };
        const other = createPlan(reversed, state, world.clock.now(), options);
        const byId = ({ steps }: Plan) => [...steps].sort((left, right) => (left.id < right.id ? -1 : 1));
        expect(byId(other)).toEqual(byId(plan));
      }),
      { numRuns: 60 },
    );
  });
});

/** The same facts, every list and record backwards. */
function turned(state: ReleaseState): ReleaseState {
  const turn = <Value>(facts: Readonly<Record<string, Value>>, change: (value: Value) => Value = (value) => value) =>
    Object.fromEntries(
      Object.entries(facts)
        .reverse()
        .map(([key, value]) => [key, change(value)]),
    );
  return {
    ...state,
    references: turn(state.references),
    tags: turn(state.tags, (fact) => (fact.state === "complete" ? { ...fact, tags: [...fact.tags].reverse() } : fact)),
    sources: turn(state.sources, (fact) =>
      fact.state === "listed" ? { ...fact, candidates: [...fact.candidates].reverse() } : fact,
    ),
  };
}
