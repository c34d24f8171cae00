import { describe, expect, it } from "vitest";
import { addMs } from "../instant.ts";
import { parseRepository } from "../oci/reference.ts";
import { evaluateRetention } from "../retention/evaluate-retention.ts";
import { planOf } from "../testing/plan-of.ts";
import { now, smallRepository } from "../testing/retention/small-repository.ts";
import { joinPlans } from "./join-plans.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { planRetention } from "./plan-retention.ts";

const { inventory, digest } = smallRepository({
  a: { tags: ["v1"] },
  b: { tags: ["v2"] },
  part: {},
  old: { tags: ["pr-1"], children: ["part"] },
});
const repository = parseRepository("ghcr.io/nascheme/cpython-tsan");
const evaluation = evaluateRetention(
  { ...inventory, repository },
  { rules: [{ kind: "expire", match: { pattern: "pr-.*" } }] },
  now,
);

async function plans(): Promise<readonly [Plan, Plan]> {
  const release = await planOf(() => {});
  return [release, planRetention(evaluation, now, { family: release.family })];
}

describe("joinPlans", () => {
  it("removes after everything else", async () => {
    const [release, cleanUp] = await plans();
    const joined = joinPlans([cleanUp, release]);
    expect(joined.id).toBe(planId(joined));
    expect(joined.nodes).toEqual(release.nodes);
    expect(joined.cleanUps).toEqual(cleanUp.cleanUps);
    expect([release.plannedAt, cleanUp.plannedAt].sort()[0]).toBe(joined.plannedAt);
    expect([release.expiresAt, cleanUp.expiresAt].sort()[0]).toBe(joined.expiresAt);
    const byId = new Map(joined.steps.map((step) => [step.id, step]));
    const needs = (id: string, seen = new Set<string>()): Set<string> => {
      for (const before of byId.get(id)?.dependsOn ?? []) {
        if (seen.has(before)) continue;
        seen.add(before);
        needs(before, seen);
      }
      return seen;
    };
    expect(release.steps.length).toBeGreaterThan(3);
    for (const removal of cleanUp.steps) {
      const all = needs(removal.id);
      expect(release.steps.filter(({ id }) => !all.has(id))).toEqual([]);
    }
    expect(joinPlans([cleanUp])).toBe(cleanUp);
  });

  it("refuses what does not go together", async () => {
    const [release, cleanUp] = await plans();
    const invalid = expect.objectContaining({ code: "INVALID_INPUT" });
    expect(() => joinPlans([])).toThrow(invalid);
    expect(() => joinPlans([release, release])).toThrow(invalid);
    expect(() => joinPlans([release, { ...cleanUp, family: "other" }])).toThrow(invalid);
    expect(() => joinPlans([release, { ...cleanUp, rollsBack: release.id }])).toThrow(invalid);
    const needs: Plan = {
      ...release,
      steps: [
        {
          ...{ kind: "tag", id: "tag", dependsOn: [], group: "g", node: "n", reasons: [{ code: "never-built" }] },
          ...{ repository, target: { digest: digest("a") }, tag: "v3", mutability: "moving" },
          expected: { digest: digest("old") },
        },
      ],
    };
    expect(() => joinPlans([needs, cleanUp])).toThrow(invalid);
    expect(() =>
      joinPlans([
        { ...needs, expiresAt: addMs(now, 1) },
        { ...cleanUp, steps: [] },
      ]),
    ).not.toThrow();
  });
});
