import { describe, expect, it } from "vitest";
import { concurrencyGroup } from "./concurrency-group.ts";

describe("concurrencyGroup", () => {
  it("is one name for what is written, whatever the order, repetition and case", () => {
    const name = concurrencyGroup(["ghcr.io/o/app:1.2", "ghcr.io/o/app:latest"]);
    expect(concurrencyGroup(["GHCR.io/o/app:latest", "ghcr.io/o/app:1.2 ", "ghcr.io/o/app:1.2"])).toBe(name);
    expect(name).toBe(name.toLowerCase());
    expect(name).toMatch(/^[a-z0-9._-]{1,120}$/);
  });

  it("is another name for something else, also where the texts begin alike or differ in signs only", () => {
    const names = [
      ["a/b:1"],
      ["a-b:1"],
      ["a/b-1"],
      ["a/b:1", "c"],
      ["a/b:1,c"],
      [`${"x".repeat(200)}1`],
      [`${"x".repeat(200)}2`],
    ];
    expect(new Set(names.map(concurrencyGroup)).size).toBe(names.length);
  });

  it.each([[[]], [[""]], [[" "]]])("refuses %j", (writes) => {
    expect(() => concurrencyGroup(writes)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
