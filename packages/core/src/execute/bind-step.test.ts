import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import type { BuildStep, Step } from "../plan/plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { createWorld } from "../testing/cpython-world.ts";
import { bindStep } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";

const plan = await createWorld().plan();
const steps = new Map(plan.steps.map((step) => [step.id, step]));
const digest = digestOf(new Uint8Array());
const step = (id: string) => steps.get(id) as Step;
const build = step("build:numpy-tsan@3.14.3t");
const verify = "verify:cpython-tsan@3.14.3t";
const bind = (bound: Step, ...outcomes: readonly StepOutcome[]) =>
  bindStep(bound, new Map(outcomes.map((outcome) => [outcome.step, outcome])), steps);
const verified: StepOutcome = { step: verify, state: "done", digest, platforms: { "linux/amd64": digest } };

describe("bindStep", () => {
  it("fills in what the base became, purely", () => {
    const before = JSON.stringify(build);
    const bound = bind(build, verified);
    expect(bound).toMatchObject({ kind: "build", request: { inputs: { base: `ghcr.io/o/cpython-tsan@${digest}` } } });
    expect(bind(build, { ...verified, state: "already-done" })).toEqual(bound);
    expect(JSON.stringify(build)).toBe(before);
  });

  it("fills in bases by name, once and only where they stand", () => {
    const inputs = { x: "{base:cpython-tsan} of {base}", destination: "{destination}", fixed: "3.14" };
    const bound = bind({ ...(build as BuildStep), dispatch: { ...(build as BuildStep).dispatch, inputs } }, verified);
    const base = `ghcr.io/o/cpython-tsan@${digest}`;
    expect(bound.kind === "build" && bound.request.inputs).toMatchObject({ x: `${base} of ${base}`, fixed: "3.14" });
  });

  it.each<[string, Step, readonly StepOutcome[]]>([
    ["a base that was not verified", build, []],
    ["a base that failed", build, [{ step: verify, state: "failed", code: "X", message: "" }]],
    ["a base that was skipped", build, [{ step: verify, state: "skipped", because: "x" }]],
    ["a base without the platform", build, [{ ...verified, platforms: { "linux/arm64": digest } }]],
    ["a base without platforms", build, [{ step: verify, state: "done", digest }]],
    ["a base without digest", build, [{ step: verify, state: "done", platforms: { "linux/amd64": digest } }]],
    [
      "an input nobody can fill",
      { ...(build as BuildStep), dispatch: { ...(build as BuildStep).dispatch, inputs: { x: "{y}" } } },
      [verified],
    ],
    ["a wait for a build that did not start", step("await:numpy-tsan@3.14.3t"), []],
    ["a wait for a build without key", step("await:numpy-tsan@3.14.3t"), [{ step: build.id, state: "done" }]],
    ["a wait for what is no build", { ...step("await:numpy-tsan@3.14.3t"), build: verify } as Step, [verified]],
    ["a tag of nothing", step("tag:numpy-tsan@3.14.3t:3.14t"), []],
    ["a verification of nothing", step("verify:numpy-tsan@3.14.3t"), []],
  ])("PLAN_STALE for %s", (_, bound, outcomes) => {
    expect(codeOf(() => bind(bound, ...outcomes))).toBe("PLAN_STALE");
  });
});
