import { describe, expect, it } from "vitest";
import { addMs, instantToMs } from "../instant.ts";
import { parseRepository } from "../oci/reference.ts";
import { evaluateRetention } from "../retention/evaluate-retention.ts";
import type { RetentionPolicy } from "../retention/retention-policy.ts";
import { createHolds, evaluate } from "../testing/retention/hold.ts";
import { now, type SmallImage, smallRepository } from "../testing/retention/small-repository.ts";
import { parsePlan } from "./parse-plan.ts";
import { planRetention, type RetentionPlanOptions } from "./plan-retention.ts";

const repository = parseRepository("ghcr.io/octo/app");
const rules = [
  { kind: "expire", match: { pattern: "pr-.*" } },
  { kind: "expire-untagged", olderThan: "1d" },
] as const;

function planned(
  images: Readonly<Record<string, SmallImage>>,
  options: Partial<RetentionPlanOptions> = {},
  policy: Partial<RetentionPolicy> = {},
) {
  const { inventory, digest } = smallRepository(images);
  const evaluation = evaluateRetention({ ...inventory, repository }, { rules, ...policy }, now);
  const plan = planRetention(evaluation, now, { family: "app", ...options });
  const named = Object.fromEntries(Object.keys(images).map((name) => [digest(name) as string, name]));
  const nameOf = (of: string) => named[of] ?? of;
  return {
    plan,
    steps: plan.steps.map((step) =>
      step.kind === "untag" ? step.tag : step.kind === "delete" ? nameOf(step.digest) : "",
    ),
    deletes: plan.steps.flatMap((step) => (step.kind === "delete" ? [step] : [])),
    digest,
    stopped: plan.cleanUps?.[0]?.stopped.map(({ code }) => code),
  };
}

const keepers: Readonly<Record<string, SmallImage>> = Object.fromEntries(
  Array.from({ length: 9 }, (_, index) => [`keep${index}`, { tags: [`v${index}`] }]),
);

describe("planRetention", () => {
  it("removes tags, and deletes indexes before their parts, images before what is attached to them", () => {
    const { plan, steps, deletes, digest } = planned({
      ...keepers,
      part: {},
      signature: { subject: "index" },
      index: { tags: ["pr-1"], children: ["part", "both"] },
      both: {},
      second: { tags: ["pr-2"], children: ["both"] },
      tagged: { tags: ["v", "pr-3"] },
    });
    expect(steps[0]).toBe("pr-3");
    const place = (name: string) => steps.indexOf(name);
    for (const [first, then] of [
      ["index", "part"],
      ["index", "signature"],
      ["index", "both"],
      ["second", "both"],
    ] as const)
      expect(place(first)).toBeLessThan(place(then));
    const both = deletes.find((step) => step.digest === digest("both"));
    expect(both?.dependsOn).toHaveLength(2);
    expect(both?.expected.parents).toHaveLength(2);
    // Everything that hangs together is one unit.
    expect(new Set(deletes.map(({ group }) => group)).size).toBe(1);
    expect(deletes.find((step) => step.digest === digest("index"))?.expected).toEqual({
      tags: ["pr-1"],
      parents: [],
      referrers: [digest("signature")],
    });
    expect(plan.cleanUps?.[0]).toMatchObject({ repository: "ghcr.io/octo/app", manifests: 15, keeps: 10, stopped: [] });
    expect(instantToMs(plan.expiresAt) - instantToMs(now)).toBe(3_600_000);
    expect(parsePlan(JSON.stringify(plan))).toEqual(plan);
  });

  it("deletes an index before what it contains, also where it is attached to that", () => {
    const { steps } = planned({ ...keepers, part: {}, odd: { tags: ["pr-1"], children: ["part"], subject: "part" } });
    expect(steps).toEqual(["odd", "part"]);
  });

  const halves = { keep: { tags: ["v1"] }, a: { tags: ["pr-1"] }, b: { tags: ["pr-2"] } };
  it.each<[string, Record<string, SmallImage>, RetentionPlanOptions["guards"], string[]]>([
    ["more than half", halves, { maxDeletions: { percent: 70 } }, ["too-many-deletions"]],
    [
      "everything",
      { a: { tags: ["pr-1"] } },
      { maxDeletions: {}, neverEmpty: false, keepTagged: 0 },
      ["too-many-deletions", "would-be-empty", "too-few-tagged"],
    ],
    [
      "the last tagged image",
      { loose: { days: 0.5 }, other: { days: 0.5 }, a: { tags: ["pr-1"] } },
      { keepTagged: 0 },
      ["too-few-tagged"],
    ],
  ])("does not delete %s, unless told to", (_, images, guards, codes) => {
    const bare = planned(images);
    expect([bare.steps, bare.stopped]).toEqual([[], codes]);
    expect(bare.plan.cleanUps?.[0]?.refused[0]?.reasons[0].code).toBe(codes[0]);
    const told = planned(images, { guards: { delay: "0h", ...guards } });
    expect(told.stopped).toEqual([]);
    expect(told.steps.length).toBeGreaterThan(0);
  });

  it("does not remove the last tag of all", () => {
    const images = { a: { tags: ["pr-1"] }, b: {}, c: {} };
    const pins = [smallRepository(images).digest("a")];
    expect(planned(images, {}, { pins, rules: [rules[0]] }).stopped).toEqual(["too-few-tagged"]);
  });

  it("leaves a whole unit alone while one of it is fresh", () => {
    const fresh = {
      ...keepers,
      part: { days: 0.01 },
      index: { tags: ["pr-1"], children: ["part"] },
      old: { tags: ["pr-2"] },
    };
    const { steps, plan } = planned(fresh);
    expect(steps).toEqual(["old"]);
    expect(plan.cleanUps?.[0]?.refused.map(({ reasons }) => reasons[0].code)).toEqual(["in-flight", "in-flight"]);
    expect(plan.cleanUps?.[0]?.keeps).toBe(11);
    expect(planned(fresh, { guards: { delay: "1m" } }).steps).toHaveLength(3);
    const tagged = { ...keepers, young: { tags: ["v", "pr-1"], days: 0.01 } };
    expect(planned(tagged).steps).toEqual([]);
  });

  it("holds what was pushed at an unknown time only by a delay that was asked for", () => {
    const images = { ...keepers, a: { tags: ["pr-1"], days: null }, b: { tags: ["v", "pr-2"], days: null } };
    expect(planned(images).steps).toEqual(["pr-2", "a"]);
    expect(planned(images, { guards: { delay: "0h" } }).steps).toEqual(["pr-2", "a"]);
    expect(planned(images, { guards: { delay: "1h" } }).steps).toEqual([]);
  });

  it("says what stopped the evaluation", () => {
    const { inventory } = smallRepository(halves);
    const evaluation = evaluateRetention({ ...inventory, incomplete: { error: "TIMEOUT" } }, { rules }, now);
    const plan = planRetention(evaluation, now, { family: "app", repository });
    expect(plan.steps).toEqual([]);
    expect(plan.cleanUps?.[0]?.stopped).toEqual([{ code: "inventory-incomplete", error: "TIMEOUT" }]);
  });

  it("joins repositories, each once, and has to know which", () => {
    const { inventory } = smallRepository({ ...keepers, a: { tags: ["pr-1"] } });
    const of = (name?: string) =>
      evaluateRetention(
        { ...inventory, ...(name !== undefined && { repository: parseRepository(name) }) },
        { rules },
        now,
      );
    const plan = planRetention([of("ghcr.io/octo/a"), of("ghcr.io/octo/b")], now, { family: "app", validMs: 60_000 });
    expect(plan.steps.map(({ node }) => node)).toEqual(["ghcr.io/octo/a", "ghcr.io/octo/b"]);
    expect(plan.expiresAt).toBe(addMs(now, 60_000));
    const invalid = expect.objectContaining({ code: "INVALID_INPUT" });
    expect(() => planRetention([of("ghcr.io/octo/a"), of("ghcr.io/octo/a")], now, { family: "app" })).toThrow(invalid);
    expect(() => planRetention(of(), now, { family: "app" })).toThrow(invalid);
  });
});

const holds = createHolds({ ...process.env, BAYPLAN_RETENTION_RUNS: process.env["BAYPLAN_RETENTION_RUNS"] ?? "200" });

it("P20: plans what the evaluation says, each after all its parents, whatever the registry", {
  timeout: 600_000,
}, () => {
  holds((given) => {
    const evaluation = evaluate(given);
    const off = { delay: "0h", maxDeletions: {}, neverEmpty: false, keepTagged: 0 };
    const plan = planRetention(evaluation, given.now, { family: "app", repository, guards: off });
    const places = new Map(plan.steps.map(({ id }, place) => [id, place]));
    const deletes = plan.steps.flatMap((step) => (step.kind === "delete" ? [step] : []));
    expect(deletes.map(({ digest }) => digest).sort()).toEqual(evaluation.delete.map(({ digest }) => digest).sort());
    expect(plan.steps.length).toBe(evaluation.delete.length + evaluation.untag.length);
    for (const step of plan.steps) {
      for (const id of step.dependsOn) expect(places.get(id)).toBeLessThan(places.get(step.id) ?? -1);
      if (step.kind !== "delete") continue;
      const parents = deletes.filter(({ digest }) => step.expected.parents.includes(digest));
      for (const parent of parents) expect(step.dependsOn).toContain(parent.id);
    }
  });
});
