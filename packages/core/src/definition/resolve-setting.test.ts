import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveSetting } from "./resolve-setting.ts";

const order = ["flag", "environment", "file", "default"] as const;

describe("resolveSetting", () => {
  it("prefers flag to environment to file to default, and says what it passed over", () => {
    expect(resolveSetting({ file: "3", environment: "2", default: "4", flag: "1" })).toEqual({
      value: "1",
      from: "flag",
      overridden: ["environment", "file", "default"],
    });
    expect(resolveSetting({ file: "3", environment: "2" })).toMatchObject({ value: "2", from: "environment" });
  });

  it("takes blank text for nothing said, but neither 0 nor false", () => {
    expect(resolveSetting({ flag: "", environment: " \n", file: "3.14" })).toMatchObject({
      value: "3.14",
      from: "file",
    });
    expect(resolveSetting<number | boolean>({ flag: 0, file: 7 })).toMatchObject({ value: 0, from: "flag" });
    expect(resolveSetting({ flag: false, file: true })).toMatchObject({ value: false });
  });

  it("says nothing when nobody does", () => {
    expect(resolveSetting({})).toBeUndefined();
    expect(resolveSetting({ flag: undefined, environment: null, default: "" })).toBeUndefined();
  });

  it("does not count as overridden who says the same", () => {
    expect(resolveSetting({ flag: "a", environment: "a", file: "b" })?.overridden).toEqual(["file"]);
  });

  it("never answers with a weaker place while a stronger one speaks", () => {
    const value = fc.option(fc.constantFrom("", " ", "a", "b"), { nil: undefined });
    fc.assert(
      fc.property(fc.record({ flag: value, environment: value, file: value, default: value }), (values) => {
        const expected = order.find((from) => (values[from] ?? "").trim() !== "");
        expect(resolveSetting(values)?.from).toBe(expected);
      }),
    );
  });
});
