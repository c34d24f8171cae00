import { describe, expect, it } from "vitest";
import { explain } from "../report/explain.ts";
import { renderPlan } from "../report/render-plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";

const world = createWorld();
world.publish("cpython-asan");
world.registry.failures.set(`resolve ${at("numpy-asan")}`, "UNAVAILABLE");
const plan = await world.plan();
const text = renderPlan(plan, "json");

/** The plan's text with something replaced and, where the shape still allows it, an id that fits. */
function changed(change: (copy: Record<string, never> & Plan) => unknown): string {
  const copy = structuredClone(plan) as Record<string, never> & Plan;
  const result = (change(copy) as Plan | undefined) ?? copy;
  return JSON.stringify({ ...result, id: planId(result) });
}
/** Replaces the value at a path. */
const at2 = (path: string, value: unknown) =>
  changed((copy) => {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const place = keys.reduce<unknown>((inside, key) => (inside as Record<string, unknown>)[key], copy);
    (place as Record<string, unknown>)[last] = value;
  });

describe("parsePlan", () => {
  it("reads back what renderPlan writes", () => {
    expect(parsePlan(text)).toEqual(plan);
    expect(parsePlan(JSON.stringify(plan))).toEqual(plan);
  });

  it("does not care for the order of members", () => {
    const turn = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turn);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, turn(member)]),
      );
    };
    expect(parsePlan(JSON.stringify(turn(plan))).id).toBe(plan.id);
  });

  it.each<[string, string]>([
    ["no JSON", "plan"],
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["a number", "1"],
    ["an empty object", "{}"],
    ["a changed plan", text.replace("numpy.yml", "other.yml")],
    ["a newer format", JSON.stringify({ ...plan, formatVersion: 2 })],
    ["a format that is no number", at2("formatVersion", "1")],
    ["a further member", at2("more", 1)],
    ["a further member of a step", at2("steps.0.more", 1)],
    [
      "a member of Object.prototype",
      changed(() => undefined).replace('"formatVersion"', '"__proto__":{"x":1},"formatVersion"'),
    ],
    ["an unknown kind of step", at2("steps.0.kind", "delete")],
    ["steps that are no list", at2("steps", {})],
    ["a digest that is none", at2("steps.2.target", { digest: "sha256:1" })],
    ["a target that is both", at2("steps.2.target", { digest: plan.id, fromStep: "x" })],
    ["a tag that is none", at2("steps.3.tag", "a/b")],
    ["an expectation that is none", at2("steps.3.expected", {})],
    ["an expectation of nothing there that is false", at2("steps.3.expected", { absent: false })],
    ["a time that is none", at2("expiresAt", "tomorrow")],
    ["a wait of no time", at2("steps.1.timeoutMs", 0)],
    ["no reasons", at2("steps.0.reasons", [])],
    ["reasons without code", at2("steps.0.reasons", [null])],
    ["a state that is none", at2("nodes.0.state", { state: "gone" })],
    ["a step that needs a later one", at2("steps.0.dependsOn", [plan.steps[1]?.id])],
    ["a step that needs itself", at2("steps.0.dependsOn", [plan.steps[0]?.id])],
    ["a step that needs nothing known", at2("steps.0.dependsOn", ["x"])],
    ["a step twice", at2("steps", [plan.steps[0], plan.steps[0]])],
    [
      "deep nesting where anything may stand",
      text.replace(
        '"reasons": [',
        `"reasons": [{"code":"custom","text":${"[".repeat(200_000)}${"]".repeat(200_000)}},`,
      ),
    ],
    ["half a character", text.replace('"family": "cpython"', '"family": "\\ud800"')],
    ["a number JSON cannot carry", text.replace('"reasons": [', '"reasons": [{"code":"custom","text":1e999},')],
    ["too much", " ".repeat(50_000_001)],
  ])("INVALID_PLAN for %s", (_, json) => {
    expect(codeOf(() => parsePlan(json))).toBe("INVALID_PLAN");
  });

  it("carries along and can show reasons of a newer version", () => {
    const newer = parsePlan(at2("nodes.0.reasons", [{ code: "brand-new", more: 1 }]));
    const reason = newer.nodes[0]?.reasons[0];
    expect(reason).toEqual({ code: "brand-new", more: 1 });
    expect(reason === undefined ? "" : explain(reason)).toContain("brand-new");
    for (const format of ["text", "markdown", "mermaid"] as const)
      expect(renderPlan(newer, format)).not.toContain("undefined");
  });
});
