import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { execute } from "../execute/execute.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import type { Plan, Step } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { planPromotion } from "./plan-promotion.ts";

const images = { a: { workflow: "a.yml" }, b: { workflow: "b.yml", base: "a" } };
const config: FamilyConfig = {
  ...cpythonConfig,
  images,
  release: "apps",
  test: "test.yml",
  copies: ["docker.io/acme/{image}"],
};
const node = "a@3.14.3t";
const copy = `copy:${node}:docker.io/acme/a`;
const test = `test:${node}`;
const preflight = "preflight:group:apps@3.14t";
const tag = `tag:${node}:3.14.3t`;
const copyTag = `tag:${node}:docker.io/acme/a:3.14.3t`;
const elsewhere = { registry: "evil.example", repository: "acme/a" };

/** Changes steps and members of a plan, which gets an id that fits, as a forger would write it. */
function forged(plan: Plan, change: (step: Step) => Step | undefined, members: Partial<Plan> = {}): Plan {
  const steps = plan.steps.flatMap((step) => change(step) ?? []);
  const other = { ...plan, steps, ...members };
  return { ...other, id: planId(other) };
}

const start = (world: World, plan: Plan) => codeOf(() => execute(plan, world.ports, { definition: world.family }));

/** One step with other members. */
const withMembers = (id: string, members: object) => (step: Step) =>
  step.id === id ? ({ ...step, ...members } as Step) : step;
/** No step waits for this one any more. */
const without = (id: string) => (step: Step) =>
  step.id === id ? undefined : ({ ...step, dependsOn: step.dependsOn.filter((each) => each !== id) } as Step);

describe("execute of a plan with a gated group, tests and copies", () => {
  const world = createWorld(config);
  const planned = world.plan();

  it("allows what was planned, also where the document names no preflight for what is not gated", async () => {
    expect(start(world, await planned)).toBe("nothing thrown");
    const single = createWorld({ ...config, release: { group: "apps", onFailure: "independent" } });
    expect(start(single, await single.plan())).toBe("nothing thrown");
  });

  it.each<[string, (step: Step) => Step | undefined]>([
    ["a tag without the look at the group", withMembers(tag, { dependsOn: [test] })],
    ["no look at the group at all", without(preflight)],
    ["a look that does not wait for one image's check", (step) => dropNeed(step, "verify:b@3.14.3t")],
    ["a look that does not wait for one image's test", (step) => dropNeed(step, "test:b@3.14.3t")],
    [
      "a look that leaves a tag out",
      (step) => (step.kind === "preflight" ? { ...step, tags: step.tags.slice(1) } : step),
    ],
    [
      "a look at a tag that nobody writes",
      (step) =>
        step.kind === "preflight"
          ? {
              ...step,
              tags: [...step.tags, ...step.tags.slice(0, 1).map((one) => ({ ...one, repository: elsewhere }))],
            }
          : step,
    ],
    ["a tag in another group", withMembers(tag, { group: node })],
    ["a tag that is not tested", without(test)],
    ["another workflow of a test", withMembers(test, { dispatch: { workflow: "x.yml", ref: "main", inputs: {} } })],
    [
      "another input of a test",
      withMembers(test, {
        dispatch: { workflow: "test.yml", ref: "main", inputs: { version: "3.14.3t", tested: "ghcr.io/o/a:x" } },
      }),
    ],
    [
      "another ref of a test",
      withMembers(test, {
        dispatch: { workflow: "test.yml", ref: "evil", inputs: { version: "3.14.3t", tested: "{tested}" } },
      }),
    ],
    ["a test of another image", withMembers(test, { target: { digest: `sha256:${"0".repeat(64)}` } })],
    ["a test in another repository", withMembers(test, { repository: elsewhere })],
    ["a copy to another repository", withMembers(copy, { repository: elsewhere })],
    ["a copy from another repository", withMembers(copy, { from: elsewhere })],
    ["a copy of another image", withMembers(copy, { target: { digest: `sha256:${"0".repeat(64)}` } })],
    ["a copy before the check", withMembers(copy, { dependsOn: [] })],
    ["a tag in another repository", withMembers(copyTag, { repository: elsewhere })],
    ["another tag in a copy", withMembers(copyTag, { tag: "other" })],
  ])("refuses %s", async (_, change) => {
    expect(start(world, forged(await planned, change))).toBe("NOT_ALLOWED");
  });

  it("refuses another policy of the group, and members that it does not speak of", async () => {
    const plan = await planned;
    const same = (step: Step) => step;
    expect(start(world, forged(plan, same, { groups: { "group:apps@3.14t": "independent" } }))).toBe("NOT_ALLOWED");
    const { groups: _, ...rest } = plan;
    expect(start(world, { ...rest, id: planId(rest) } as Plan)).toBe("NOT_ALLOWED");
    const onlyA = (step: Step) =>
      step.kind === "preflight"
        ? {
            ...step,
            dependsOn: step.dependsOn.filter((id) => !id.includes("b@")),
            tags: step.tags.filter(({ repository }) => repository.repository.endsWith("/a")),
          }
        : step.node === node
          ? { ...step, dependsOn: step.dependsOn.filter((id) => !id.includes("b@")) }
          : undefined;
    const nodes = plan.nodes.filter(({ id }) => id === node);
    expect(start(world, forged(plan, onlyA, { nodes }))).toBe("NOT_ALLOWED");
  });

  it("refuses copies and tests that the definition does not have", async () => {
    const plan = await planned;
    const { family: uncopied } = createWorld({ ...config, copies: [] });
    const { family: untested } = createWorld({
      ...cpythonConfig,
      images,
      release: "apps",
      copies: config.copies ?? [],
    });
    for (const definition of [uncopied, untested])
      expect(codeOf(() => execute(plan, world.ports, { definition }))).toBe("NOT_ALLOWED");
  });

  it("refuses tags of what a workflow published itself that wait for no test", async () => {
    const direct = createWorld({ ...config, publish: "direct", release: { group: "apps", onFailure: "independent" } });
    direct.registry.push(at("a"), { seed: "a" });
    direct.registry.push(at("b"), { seed: "b" });
    const plan = await direct.plan();
    const alias = `tag:${node}:3.14t`;
    expect(start(direct, plan)).toBe("nothing thrown");
    expect(start(direct, forged(plan, withMembers(alias, { dependsOn: [] })))).toBe("NOT_ALLOWED");
    expect(start(direct, forged(plan, withMembers(alias, { dependsOn: [`verify:${node}`] })))).toBe("NOT_ALLOWED");
  });

  it("refuses a promotion whose tags do not wait for the look at all of them", async () => {
    const repository = { registry: "ghcr.io", repository: "o/a" };
    const digest = world.registry.push(at("a", "candidate"));
    const tested = { image: "a", version: "3.14.3t", repository, digest, platforms: ["linux/amd64"] };
    const wanted = { [node]: [{ tag: "3.14.3t", mutability: "immutable" }] } as const;
    const references = { [at("a")]: { state: "absent" } } as const;
    const plan = planPromotion([tested], wanted, { references }, world.clock.now());
    expect(start(world, plan)).toBe("nothing thrown");
    expect(start(world, forged(plan, withMembers(tag, { dependsOn: [`verify:${node}`] })))).toBe("NOT_ALLOWED");
    expect(
      start(
        world,
        forged(plan, (step) => dropNeed(step, `verify:${node}`)),
      ),
    ).toBe("NOT_ALLOWED");
  });
});

function dropNeed(step: Step, id: string): Step {
  return step.kind === "preflight" ? { ...step, dependsOn: step.dependsOn.filter((each) => each !== id) } : step;
}
