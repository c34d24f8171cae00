import { describe, expect, it } from "vitest";
import type { ExecutionResult } from "../execute/execution.ts";
import { parseRepository } from "../oci/reference.ts";
import { parsePlan } from "../plan/parse-plan.ts";
import { planRetention } from "../plan/plan-retention.ts";
import { evaluateRetention } from "../retention/evaluate-retention.ts";
import { now, smallRepository } from "../testing/retention/small-repository.ts";
import { renderPlan } from "./render-plan.ts";
import { renderReport } from "./render-report.ts";

const repository = parseRepository("ghcr.io/octo/app");
const { inventory, digest } = smallRepository({
  release: { tags: ["v1", "sha-1"] },
  other: { tags: ["v2"] },
  third: { tags: ["v3<b>"] },
  old: { tags: ["sha-2"], children: ["child"] },
  child: {},
});
const rules = [{ kind: "expire", match: { pattern: "sha-.*" } } as const];
const evaluation = evaluateRetention(inventory, { protect: ["v1", "v9"], rules }, now);
const plan = planRetention(evaluation, now, { family: "app", repository });
const stopped = planRetention(evaluation, now, { family: "app", repository, guards: { maxDeletions: { count: 1 } } });

describe("a plan that cleans up", () => {
  it("says what goes, what stays, and why", () => {
    const text = renderPlan(plan, "text");
    expect(text).toContain("2 manifests to delete, 1 tag to remove.");
    expect(text).toContain("- ghcr.io/octo/app: 2 manifests and 1 tag to go, 3 of 5 manifests stay");
    expect(text).toContain(`    untag ghcr.io/octo/app:sha-1: rules[0] lets sha-1 go`);
    expect(text).toMatch(/delete ghcr\.io\/octo\/app@sha256:\w+ with its tags sha-2: rules\[0\] lets sha-2 go/);
    expect(text).toContain("    note: protect[1] (v9) fits no tag");
    expect(renderPlan(plan, "html")).toContain("protect[1] (v9) fits no tag");
    expect(renderPlan(plan, "markdown")).toMatch(/\| ghcr\.io\/octo\/app \| sha-1 \| untag \|/);
    expect(renderPlan(plan, "markdown")).not.toContain("| Image |");
    expect(renderPlan(plan, "html")).toContain("<h2>ghcr.io/octo/app</h2>");
  });

  it("says why nothing goes", () => {
    expect(stopped.steps).toEqual([]);
    const text = renderPlan(stopped, "text");
    expect(text).toContain("nothing to do, a clean-up stopped.");
    expect(text).toContain("nothing is removed, because 2 of 5 manifests would go, and 1 is the limit");
    expect(renderPlan(stopped, "html")).toContain("2 of 5 manifests would go");
    expect(renderPlan(stopped, "markdown")).toContain("nothing is removed");
  });

  it("leaves rows out that have no room, and says so", () => {
    expect(renderPlan(plan, "markdown", { maxBytes: 820 })).toContain("removals are left out");
  });

  it("survives as a file", () => {
    for (const one of [plan, stopped]) expect(parsePlan(renderPlan(one, "json"))).toEqual(one);
  });
});

it("reports what was removed and what was not", () => {
  const [untag, parent, child] = plan.steps;
  const result: ExecutionResult = {
    state: "complete",
    outcomes: [
      { step: untag?.id ?? "", state: "done", digest: digest("release"), removed: { tags: ["sha-1"] } },
      { step: parent?.id ?? "", state: "refused", reason: "tagged-since-plan", message: "It has a new tag." },
      { step: child?.id ?? "", state: "refused", reason: "parent-kept", message: "It belongs to that." },
    ],
  };
  const text = renderReport(plan, result, "text");
  expect(text).toContain("1 removed, 2 kept after all");
  expect(text).toContain("ghcr.io/octo/app: 1 tag removed");
  expect(text).toMatch(/sha256:\w+ \(sha-2\) stays \(tagged-since-plan\): It has a new tag\./);
  expect(renderReport(plan, result, "markdown")).toContain("parent-kept");
});
