import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { compareBytewise } from "./flux-byte-order.ts";
import { excludeFluxTags, filterFluxTags, selectByFluxPolicy } from "./flux-filter.ts";
import { compareFluxNumbers, parseFluxNumber } from "./flux-number.ts";
import { createFluxPolicy, type FluxPolicy, parseFluxVersion, sortFluxVersions } from "./flux-policy.ts";

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isBayplanError(error) ? error.code : "something else";
  }
}

function latest(policy: FluxPolicy, values: readonly string[]): string | undefined {
  return createFluxPolicy(policy).latest(values);
}

describe("createFluxPolicy", () => {
  it("takes the highest version in the range, the first of equal ones", () => {
    expect(latest({ semver: { range: "1.x" } }, ["1.2", "v1.9.0", "1.9.0", "2.0.0", "1.10.0-rc.1", "nightly"])).toBe(
      "v1.9.0",
    );
    expect(latest({ semver: { range: "^1.x-0" } }, ["1.9.0", "1.10.0-rc.9", "1.10.0-rc.10"])).toBe("1.10.0-rc.10");
    expect(latest({ semver: { range: "9.x" } }, ["1.9.0"])).toBeUndefined();
  });

  it("takes the first or last text by bytes", () => {
    expect(latest({ alphabetical: {} }, ["b", "B", "a"])).toBe("b");
    expect(latest({ alphabetical: { order: "desc" } }, ["b", "B", "a"])).toBe("B");
    expect(latest({ alphabetical: { order: "" } }, [])).toBeUndefined();
  });

  it("takes the largest or smallest number", () => {
    expect(latest({ numerical: {} }, ["9", "10", "-11", "1e1"])).toBe("1e1");
    expect(latest({ numerical: { order: "desc" } }, ["9", "10", "-11"])).toBe("-11");
    expect(latest({ numerical: { order: "asc" } }, ["3.9", "3.10"])).toBe("3.9");
  });

  it("does not count leading zeros", () => {
    expect(latest({ numerical: {} }, ["9", "0010", "007"])).toBe("0010");
    expect(latest({ numerical: {} }, ["0.05", "0.4", "00.3"])).toBe("0.4");
  });

  it("tells numbers apart that a float cannot", () => {
    expect(latest({ numerical: {} }, ["20261121094501013", "20261121094501012"])).toBe("20261121094501013");
  });

  it("fails as a whole on one value that is no number", () => {
    expect(codeOf(() => latest({ numerical: {} }, ["1", "latest"]))).toBe("INVALID_INPUT");
    expect(codeOf(() => latest({ numerical: {} }, ["1", "NaN"]))).toBe("INVALID_INPUT");
  });

  it.each([
    {},
    { semver: { range: "" } },
    { semver: { range: "*-*" } },
    { alphabetical: { order: "up" } },
    { numerical: { order: "DESC" } },
    { newest: {} },
    { numerical: {}, alphabetical: {} },
  ])("refuses %j", (policy) => {
    expect(codeOf(() => createFluxPolicy(policy as FluxPolicy))).toBe("INVALID_INPUT");
  });
});

describe("parseFluxNumber", () => {
  it.each(["1", "-1", "+1", ".5", "5.", "1e3", "1E-3", "1_000", "-inf", "Infinity", "0001"])("reads %s", (text) => {
    expect(parseFluxNumber(text)).toBeDefined();
  });

  it.each([
    "",
    ".",
    "e3",
    "1e",
    "1e+",
    "1__0",
    "_1",
    "1_",
    "1_.5",
    "0x10",
    "0x1p4",
    "nan",
    " 1",
    "1 ",
    "1a",
    "1e999",
    "--1",
    "\u0661",
  ])("does not read %j", (text) => {
    expect(parseFluxNumber(text)).toBeUndefined();
  });

  it("orders any two numbers exactly", () => {
    const number = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: -40, max: 40 }));
    fc.assert(
      fc.property(number, number, ([a, x], [b, y]) => {
        const [left, right] = [parseFluxNumber(`${a}e${x}`), parseFluxNumber(`${b}e${y}`)];
        if (left === undefined || right === undefined) throw new Error("both are numbers");
        const [exactLeft, exactRight] = [a * 10n ** BigInt(x + 40), b * 10n ** BigInt(y + 40)];
        expect(compareFluxNumbers(left, right)).toBe(exactLeft < exactRight ? -1 : Number(exactLeft > exactRight));
      }),
    );
  });

  it("puts the infinities at the ends", () => {
    const values = ["-inf", "-1e300", "0", "1e300", "inf"].map(parseFluxNumber);
    const sorted = [...values].reverse().sort((left, right) => (left && right ? compareFluxNumbers(left, right) : 0));
    expect(sorted).toEqual(values);
  });
});

describe("parseFluxVersion", () => {
  it("wants three numbers", () => {
    expect(["1.2.3", "v01.2.3", "1.2.3-rc.1"].every((text) => parseFluxVersion(text) !== undefined)).toBe(true);
    expect(["1", "1.2", "1.2-5", "V1.2.3", "1.2.3.4"].some((text) => parseFluxVersion(text) !== undefined)).toBe(false);
  });
});

describe("sortFluxVersions", () => {
  it("keeps equal ones in their order", () => {
    expect(sortFluxVersions(">=1.0.0", ["1.0.0", "0.9.0", "x", "v1.1.0", "1.1.0", "1.1.0-rc.1"])).toEqual([
      "v1.1.0",
      "1.1.0",
      "1.0.0",
    ]);
  });
});

describe("filterFluxTags", () => {
  it("gives the extracted value with its tag, the later tag where two have one value", () => {
    const tags = ["main-2-b", "main-10-a", "dev-3-c", "main-2-a"];
    expect(filterFluxTags(tags, { pattern: "^main-(?P<run>\\d+)", extract: "$run" })).toEqual([
      { tag: "main-2-a", value: "2" },
      { tag: "main-10-a", value: "10" },
    ]);
    expect(filterFluxTags(tags, { pattern: "-a" })).toEqual([
      { tag: "main-10-a", value: "main-10-a" },
      { tag: "main-2-a", value: "main-2-a" },
    ]);
    expect(filterFluxTags(["a"], {})).toEqual([{ tag: "a", value: "a" }]);
  });

  it("refuses a pattern that RE2 does not know", () => {
    expect(codeOf(() => filterFluxTags([], { pattern: "(?!x)" }))).toBe("INVALID_INPUT");
  });
});

describe("excludeFluxTags", () => {
  it("drops what any pattern finds anywhere", () => {
    expect(excludeFluxTags(["a1", "b", "ca"], ["a", "x"])).toEqual(["b"]);
    expect(excludeFluxTags(["a"], [])).toEqual(["a"]);
    expect(codeOf(() => excludeFluxTags([], ["[="]))).toBe("INVALID_INPUT");
    expect(
      codeOf(() =>
        excludeFluxTags(
          [],
          Array.from({ length: 101 }, () => "a"),
        ),
      ),
    ).toBe("INVALID_INPUT");
  });
});

describe("selectByFluxPolicy", () => {
  it("answers with the tag of the latest value", () => {
    const filterTags = { pattern: "^main-[a-f0-9]+-(?P<run>\\d+)$", extract: "$run" };
    expect(
      selectByFluxPolicy(["main-ab-9", "main-cd-10", "main-10", "v2"], { policy: { numerical: {} }, filterTags }),
    ).toBe("main-cd-10");
    expect(selectByFluxPolicy(["v2"], { policy: { numerical: {} }, filterTags })).toBeUndefined();
  });

  it("leaves signatures out unless another list is given", () => {
    const tags = ["sha256-ab.sig", "a"];
    expect(selectByFluxPolicy(tags, { policy: { alphabetical: {} } })).toBe("a");
    expect(selectByFluxPolicy(tags, { policy: { alphabetical: {} }, exclusionList: [] })).toBe("sha256-ab.sig");
  });

  it("does not depend on the order of the tags", () => {
    const tags = fc.subarray(["1.0.0", "v1.0.0", "01.0.0", "1.0.0-rc.1", "2.0.0", "v2.0.0", "2.00.0", "x"]);
    fc.assert(
      fc.property(tags, fc.infiniteStream(fc.nat(1000)), (given, weights) => {
        const shuffled = [...given]
          .map((tag) => ({ tag, weight: weights.next().value ?? 0 }))
          .sort((a, b) => a.weight - b.weight);
        const select = (list: readonly string[]) => selectByFluxPolicy(list, { policy: { semver: { range: "*" } } });
        expect(select(shuffled.map(({ tag }) => tag))).toBe(select(given));
      }),
    );
  });
});

describe("compareBytewise", () => {
  it("sorts as the UTF-8 bytes do", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (left, right) => {
        const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(compareBytewise(left, right)).toBe(bytes);
      }),
    );
    expect(compareBytewise("\uff5e", "\u{1f600}")).toBe(-1);
  });
});
