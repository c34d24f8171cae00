import { expect, it } from "vitest";
import { alignTable } from "./align-table.ts";
import { median } from "./median.ts";

it("aligns the first column to the left and the others to the right", () => {
  expect(alignTable(["client", "s"], [["a", "10.25"], ["much longer"]])).toBe(
    ["client           s", "a            10.25", "much longer"].join("\n"),
  );
});

it("knows the middle of odd, even and no values", () => {
  expect([median([9, 1, 10]), median([4, 1, 2, 100]), median([])]).toEqual([9, 3, Number.NaN]);
});
