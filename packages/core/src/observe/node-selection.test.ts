import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { createSelector } from "./node-selection.ts";

const family = ["cpython-tsan", "cpython-asan", "numpy"].map((name) => ({ name }));
const select = (images: readonly string[] | undefined, versions?: readonly string[]) => {
  const selection = { ...(images === undefined ? {} : { images }), ...(versions === undefined ? {} : { versions }) };
  const selects = createSelector(selection, family);
  return family.filter((image) => selects({ image, version: "3.14.3t" })).map(({ name }) => name);
};

describe("createSelector", () => {
  it.each<[readonly string[] | undefined, readonly string[] | undefined, readonly string[]]>([
    [undefined, undefined, ["cpython-tsan", "cpython-asan", "numpy"]],
    [["numpy"], undefined, ["numpy"]],
    [["cpython-?san"], undefined, ["cpython-tsan", "cpython-asan"]],
    [["*n-a*", "num*"], undefined, ["cpython-asan", "numpy"]],
    [["*"], ["3.14.*"], ["cpython-tsan", "cpython-asan", "numpy"]],
    [["*"], ["3.1"], []],
    [["*"], [], []],
  ])("selects %j of %j", (images, versions, expected) => {
    expect(select(images, versions)).toEqual(expected);
  });

  it.each([["nump"], ["NUMPY"], ["numpy?"], [""], ["num.y"]])("refuses %s, which matches no image", (pattern) => {
    expect(codeOf(() => select([pattern]))).toBe("INVALID_INPUT");
  });

  it("agrees with a regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(
      fc.property(text, name, (pattern, version) => {
        const expected = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(version);
        expect(createSelector({ versions: [pattern] }, [])({ image: { name: "x" }, version })).toBe(expected);
      }),
    );
  });
});
