import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../plan/plan.ts";
import { drawBuild, drawStep } from "../testing/drawn-steps.ts";
import type { StepOutcome } from "./outcome.ts";
import { type RunStepsOptions, runSteps } from "./run-steps.ts";
import { stepWeights } from "./step-weights.ts";

const done = (step: Step): StepOutcome => ({ step: step.id, state: "done" });

/** Runs steps one tick each, and notes what ran at once and in which order. */
async function watch(steps: readonly Step[], options: Partial<RunStepsOptions> = {}) {
  const order: string[] = [];
  const ended = new Map<string, StepOutcome>();
  const running = new Set<Step>();
  let most = 0;
  await runSteps(steps, {
    onOutcome: (outcome) => ended.set(outcome.step, outcome),
    async run(step) {
      order.push(step.id);
      running.add(step);
      most = Math.max(most, running.size);
      expect(step.dependsOn.every((id) => ended.has(id))).toBe(true);
      await new Promise(setImmediate);
      running.delete(step);
      return done(step);
    },
    ...options,
  });
  return { order, ended, most };
}

describe("runSteps", () => {
  it("runs every step once, after what it needs and no more than it may at once", async () => {
    const edges = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(edges, fc.integer({ min: 1, max: 5 }), async (needs, registry) => {
        const steps = needs.map((places, place) => {
          const ids = place === 0 ? [] : places.map((need) => `s${need % place}`);
          return drawStep("verify", `s${place}`, { needs: ids });
        });
        const { order, most } = await watch(steps, { limits: { registry } });
        expect([...order].sort()).toEqual(steps.map(({ id }) => id).sort());
        expect(most).toBeLessThanOrEqual(registry);
      }),
      { numRuns: 50 },
    );
  });

  it("gives each registry its own room, and a copy takes some of both", async () => {
    const on = (host: string, count: number) =>
      Array.from({ length: count }, (_, place) => drawStep("verify", `${host}${place}`, { host }));
    expect((await watch([...on("a", 5), ...on("b", 5)], { limits: 2 })).most).toBe(4);
    const copy = { ...drawStep("copy", "copy", { host: "b" }), from: { registry: "a", repository: "x" } } as Step;
    expect((await watch([...on("a", 1), ...on("b", 1), copy], { limits: 1 })).order).toEqual(["a0", "b0", "copy"]);
  });

  it("begins what has the longest path behind it, by hops or by what builds are said to take", async () => {
    const chain = ["c1", "c2", "c3"].flatMap((id, place) =>
      drawBuild(id, { needs: place === 0 ? [] : [`wait:c${place}`] }),
    );
    const steps = [...drawBuild("one"), ...drawBuild("long"), ...chain];
    const builds = ({ order }: { readonly order: readonly string[] }) => order.filter((id) => !id.startsWith("wait"));
    expect(builds(await watch(steps, { limits: { ci: 1 } }))).toEqual(["c1", "c2", "one", "long", "c3"]);
    const weights = stepWeights(steps, { c1: 1, c2: 1, c3: 1, one: 1.5, long: 10 });
    expect(builds(await watch(steps, { limits: { ci: 1 }, weights }))).toEqual(["long", "c1", "c2", "one", "c3"]);
  });

  it("holds a slot of the CI from the dispatch to the end of the wait, and none of a registry while it waits", async () => {
    const steps = Array.from({ length: 5 }, (_, place) => drawBuild(`b${place}`)).flat();
    let [inFlight, most] = [0, 0];
    await watch(steps, {
      limits: { registry: 1, ci: 3 },
      async run(step) {
        if (step.kind === "build") inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise(setImmediate);
        if (step.kind === "await-image") inFlight -= 1;
        return done(step);
      },
    });
    expect(most).toBe(3);
  });

  it.each<StepOutcome["state"]>(["already-done", "failed"])("frees the slot of a build that is %s", async (state) => {
    const steps = [...drawBuild("a"), ...drawBuild("b"), drawStep("test", "t")];
    const run = async (step: Step) =>
      step.id === "a" ? ({ step: "a", state, code: "X", message: "" } as StepOutcome) : done(step);
    const { ended } = await watch(steps, { limits: { ci: 1 }, run });
    expect([ended.size, ended.get("t")?.state]).toEqual([5, "done"]);
  });

  it("does not stand still where a wait waits for another build", async () => {
    const [a, waitA] = drawBuild("a") as [Step, Step];
    const steps = [a, ...drawBuild("b"), { ...waitA, dependsOn: ["a", "wait:b"] }];
    const { ended } = await watch(steps, { limits: { ci: 1 } });
    expect([...ended.values()].every(({ state }) => state === "done")).toBe(true);
  });

  it("looks at builds without a slot of the CI, and starts first what never failed", async () => {
    const steps = ["often", "never", "once"].flatMap((id) => drawBuild(id));
    const failures: Record<string, number> = { often: 5, never: 0, once: 1 };
    const look: RunStepsOptions["look"] = async (step) => failures[step.id] ?? 0;
    const { order } = await watch([drawStep("test", "t"), ...steps], { look, limits: { ci: 1 } });
    expect(order.filter((id) => !id.startsWith("wait"))).toEqual(["t", "never", "once", "often"]);
  });

  it("lets a build whose run was found on its way begin without a slot, and gives none back for it", async () => {
    const steps = ["found", "a", "b"].flatMap((id) => drawBuild(id));
    const look: RunStepsOptions["look"] = async (step) => (step.id === "found" ? done(step) : 0);
    let inFlight = 0;
    let most = 0;
    await watch(steps, {
      look,
      limits: { ci: 1 },
      async run(step) {
        if (step.kind === "build") inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise(setImmediate);
        if (step.kind === "await-image" && step.build !== "found") inFlight -= 1;
        return done(step);
      },
    });
    expect(most).toBe(1);
  });

  it("makes an outcome of what is thrown", async () => {
    const run = async () => Promise.reject(new TypeError("x"));
    const { ended } = await watch([drawStep("verify", "a"), drawStep("verify", "b", { needs: ["a"] })], { run });
    expect([...ended.values()]).toMatchObject([{ state: "failed", code: "INTERNAL" }, { because: "a" }]);
  });

  it("takes time in proportion to the steps: 40,000 in one go", async () => {
    const steps = Array.from({ length: 40_000 }, (_, place) =>
      drawStep("verify", `s${place}`, { needs: place < 100 ? [] : [`s${place - 100}`, `s${place - 37}`] }),
    );
    let ended = 0;
    await runSteps(steps, { run: async (step) => done(step), onOutcome: () => (ended += 1) });
    expect(ended).toBe(40_000);
  });

  it("says so when steps can never run", async () => {
    const steps = [drawStep("verify", "a", { needs: ["b"] }), drawStep("verify", "b", { needs: ["a"] })];
    await expect(watch(steps)).rejects.toThrow();
  });
});
