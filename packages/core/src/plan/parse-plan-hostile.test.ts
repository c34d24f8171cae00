import { describe, expect, it } from "vitest";
import { isBayplanError, type Problem } from "../errors.ts";
import { createWorld } from "../testing/cpython-world.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { mostProblems } from "./refuse-unordered-steps.ts";

const world = createWorld();
const plan = await world.plan();
const [build, wait, verify, tag] = plan.steps;
if (build?.kind !== "build" || wait === undefined || verify === undefined || tag === undefined)
  throw new Error("the plan has other steps");

/** The code and the problems with which a text is refused. */
function refusal(text: string, definition?: typeof world.family): { code: string; problems: readonly Problem[] } {
  try {
    parsePlan(text, definition === undefined ? {} : { definition });
  } catch (error) {
    if (isBayplanError(error)) return { code: error.code, problems: error.problems };
    throw error;
  }
  return { code: "accepted", problems: [] };
}

/** The plan with other members, and an id that fits. */
function forged(members: object): string {
  const copy = { ...plan, ...members } as Plan;
  return JSON.stringify({ ...copy, id: planId(copy) });
}

describe("parsePlan: hostile input", () => {
  it("tells all problems of all members at once", () => {
    const steps = [{ ...build, publish: "later" }, wait, { ...verify, more: 1 }, { ...tag, tag: "a/b" }];
    const { code, problems } = refusal(forged({ steps, unresolved: [{ leg: 1, reasons: [] }] }));
    expect(code).toBe("INVALID_PLAN");
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["steps[0].publish", "steps[2]", "steps[3].tag", "unresolved[0].leg"]),
    );
  });

  it("tells all problems of the order at once", () => {
    const { code, problems } = refusal(forged({ steps: [build, build, { ...wait, build: verify.id }, tag] }));
    expect([code, problems.map(({ path }) => path)]).toEqual(["INVALID_PLAN", [build.id, wait.id, tag.id, tag.id]]);
  });

  it.each<[string, object]>([
    ["cyclic steps", { steps: [{ ...build, dependsOn: [wait.id] }, wait] }],
    ["a digest that is born later", { steps: [{ ...verify, dependsOn: [] }, build, wait] }],
    ["two nodes of one id", { nodes: [...plan.nodes, ...plan.nodes] }],
    ["a wait for what is no build", { steps: [build, wait, { ...wait, id: "x", build: wait.id }] }],
    ["a step that was left out by number", { leftOut: [1] }],
    ["an id that is none of a plan", { rollsBack: "x" }],
  ])("refuses %s", (_, members) => {
    expect(refusal(forged(members)).code).toBe("INVALID_PLAN");
  });

  const many = 300_000;
  it.each<[string, object]>([
    ["steps", { steps: new Array(many).fill(0) }],
    ["nodes", { nodes: new Array(many).fill({}) }],
    ["needs", { steps: [{ ...build, dependsOn: new Array(many).fill(0) }] }],
    ["bases", { steps: [{ ...build, bases: new Array(many).fill({}) }] }],
    ["reasons", { steps: [{ ...build, reasons: new Array(many).fill(null) }] }],
    ["withheld tags", { nodes: [{ ...plan.nodes[0], withheld: new Array(many).fill(0) }] }],
    [
      "inputs",
      {
        steps: [
          {
            ...build,
            dispatch: {
              ...build.dispatch,
              inputs: Object.fromEntries(new Array(many).fill(0).map((_, index) => [index, index])),
            },
          },
        ],
      },
    ],
  ])("looks at no more of many wrong %s than it tells", (_, members) => {
    const { code, problems } = refusal(JSON.stringify({ ...plan, ...members }));
    expect(code).toBe("INVALID_PLAN");
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(mostProblems);
  });

  it("refuses what is too long, and what is nested too deeply, without reading it to the end", () => {
    expect(refusal(" ".repeat(50_000_001)).code).toBe("INVALID_PLAN");
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(refusal(deep).code).toBe("INVALID_PLAN");
    const nested = JSON.stringify({ ...plan, unresolved: [{ leg: "x", reasons: [{ code: "custom", text: "DEEP" }] }] });
    expect(refusal(nested.replace('"DEEP"', () => deep)).code).toBe("INVALID_PLAN");
  });

  it("takes members of Object.prototype for what they are: members", () => {
    const inputs = JSON.stringify(build.dispatch.inputs).replace("{", '{"__proto__":"x","constructor":"y",');
    const text = JSON.stringify(plan).replace(JSON.stringify(build.dispatch.inputs), () => inputs);
    expect(refusal(text).code).toBe("INVALID_PLAN");
    const copy = JSON.parse(text) as Plan;
    const read = parsePlan(JSON.stringify({ ...copy, id: planId(copy) }));
    const [step] = read.steps;
    expect(step?.kind === "build" && Object.hasOwn(step.dispatch.inputs, "__proto__")).toBe(true);
    expect(refusal(JSON.stringify({ ...copy, id: planId(copy) }), world.family).code).toBe("NOT_ALLOWED");
  });

  it("refuses what lies outside the definition, where it is given", () => {
    const dispatch = { ...build.dispatch, workflow: "other.yml" };
    const text = forged({ steps: [{ ...build, dispatch }, ...plan.steps.slice(1)] });
    expect([refusal(text).code, refusal(text, world.family).code]).toEqual(["accepted", "NOT_ALLOWED"]);
    const replaced = forged({ steps: [{ ...build, replaces: plan.id }, ...plan.steps.slice(1)] });
    expect(refusal(replaced, world.family).code).toBe("NOT_ALLOWED");
    const overwritten = forged({
      steps: plan.steps.map((step) => (step === tag ? { ...tag, expected: { digest: plan.id } } : step)),
    });
    expect(refusal(overwritten, world.family).code).toBe("NOT_ALLOWED");
    expect(refusal(JSON.stringify(plan), world.family).code).toBe("accepted");
  });
});
