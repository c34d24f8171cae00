import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExecutionResult } from "../execute/execution.ts";
import { codeOf } from "../testing/code-of.ts";
import { type DrawnPlanNode, drawnPlan } from "../testing/drawn-plan.ts";
import { boundedMarkdown } from "./bounded-markdown.ts";
import { renderPlan } from "./render-plan.ts";
import { renderReport } from "./render-report.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;
const rowsOf = (markdown: string) =>
  markdown.split("\n").filter((line) => line.startsWith("| ") && !/^\| (Image|Version|---)/.test(line));
const nodes = (count: number, because = "it was asked for") =>
  Array.from(
    { length: count },
    (_, index): DrawnPlanNode => ({ image: `image-${index}`, because, state: index % 2 === 0 ? "built" : "queued" }),
  );

describe("Markdown with a bound", () => {
  it("stays under the limit of a step summary, and counts what it leaves out", () => {
    const plan = drawnPlan(nodes(20_000, "ü | `code` ".repeat(9)));
    const markdown = renderPlan(plan, "markdown");
    expect(bytes(markdown)).toBeLessThan(1024 * 1024);
    expect(bytes(markdown)).toBeGreaterThan(900_000);
    const left = Number(/\*\*(\d+) of 20000 images are left out/.exec(markdown)?.[1]);
    expect(rowsOf(markdown).length + left).toBe(20_000);
    const [, queued, built] = /\((\d+) queued, (\d+) built\)/.exec(markdown) ?? [];
    expect(Number(queued) + Number(built)).toBe(left);
  });

  it("leaves out nothing that fits", () => {
    const plan = drawnPlan(nodes(50), { leg: "3.15" });
    expect(renderPlan(plan, "markdown")).not.toContain("left out");
    expect(renderPlan(plan, "markdown", { maxBytes: 1_000_000 })).toBe(renderPlan(plan, "markdown"));
  });

  it("never cuts a row or a code span, and tells of the versions not chosen before it fills up with images", () => {
    const plan = drawnPlan(nodes(200, "`x` | y"), { leg: "3.15" });
    const whole = new Set(renderPlan(plan, "markdown").split("\n"));
    fc.assert(
      fc.property(fc.integer({ min: 1300, max: 40_000 }), (maxBytes) => {
        const markdown = renderPlan(plan, "markdown", { maxBytes });
        expect(bytes(markdown)).toBeLessThanOrEqual(maxBytes);
        const added = markdown.split("\n").filter((line) => !whole.has(line));
        expect(added.every((line) => line.startsWith("**"))).toBe(true);
        expect(markdown).toContain("| 3.15 |");
      }),
    );
  });

  it("goes on after a row that is too long by itself", () => {
    const plan = drawnPlan([{ image: "huge", because: "x".repeat(2_000_000) }, { image: "small" }]);
    const markdown = renderPlan(plan, "markdown");
    expect(rowsOf(markdown)).toEqual([expect.stringContaining("small")]);
    expect(markdown).toContain("1 of 2 images are left out");
  });

  it("bounds the report in the same way", () => {
    const plan = drawnPlan(nodes(20_000, "x".repeat(60)));
    const result: ExecutionResult = { state: "complete", outcomes: [] };
    const markdown = renderReport(plan, result, "markdown", { maxBytes: 65_536 });
    expect(bytes(markdown)).toBeLessThanOrEqual(65_536);
    const left = Number(/\*\*(\d+) of 20000 images are left out/.exec(markdown)?.[1]);
    expect(rowsOf(markdown).length + left).toBe(20_000);
  });

  it("refuses a bound without room for the headline", () => {
    for (const maxBytes of [0, -1, 100, Number.NaN]) {
      expect(codeOf(() => renderPlan(drawnPlan([]), "markdown", { maxBytes }))).toBe("INVALID_INPUT");
    }
  });

  it("drops a table whose head alone is too long", () => {
    const table = {
      head: ["x".repeat(300)],
      rows: [["a"]],
      leftOut: (places: readonly number[]) => `${places.length} left`,
    };
    expect(boundedMarkdown(["p"], [table], { maxBytes: 600 })).toBe("p\n\n1 left\n");
  });
});
