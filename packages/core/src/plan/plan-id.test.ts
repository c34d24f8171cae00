import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "../oci/canonical-json.ts";
import { digestOfText } from "../oci/digest.ts";
import { cpythonConfig } from "../testing/cpython-world.ts";
import { planOf } from "../testing/plan-of.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";

const images = Object.keys(cpythonConfig.images);
const plans: readonly (readonly [string, () => Promise<Plan>])[] = [
  ["nothing is published", () => planOf(() => {})],
  ["everything is published", () => planOf((world) => world.publish(...images))],
  ["something is published", () => planOf((world) => world.publish(...images.slice(1)))],
];

describe("planId", () => {
  it.each(plans)("is the digest of the plan's canonical JSON where %s", async (_, make) => {
    const { id, ...rest } = await make();
    expect(id).toBe(digestOfText(canonicalJson(rest as unknown as JsonValue)));
    expect(planId(rest)).toBe(id);
  });

  it("does not depend on the order of members: a plan may have been through another tool", async () => {
    const plan = await planOf(() => {});
    expect(planId(turned(plan))).toBe(plan.id);
  });

  // Otherwise every plan is sorted again to be named, in five times the time.
  it.each(plans)("finds steps and nodes in canonical order where %s", async (_, make) => {
    const { nodes, steps } = await make();
    for (const record of [...nodes, ...steps])
      expect(JSON.stringify(record)).toBe(canonicalJson(record as unknown as JsonValue));
  });
});

/** Every record with its members the other way round. */
function turned<Value>(value: Value): Value {
  const turn = (_: string, member: unknown) =>
    typeof member !== "object" || member === null || Array.isArray(member)
      ? member
      : Object.fromEntries(Object.entries(member).reverse());
  return JSON.parse(JSON.stringify(value, turn)) as Value;
}
