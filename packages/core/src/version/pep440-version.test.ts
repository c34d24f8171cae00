import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePep440 } from "./pep440-compare.ts";
import { isPep440Prerelease, normalizePep440, type Pep440Version, parsePep440 } from "./pep440-version.ts";

function parsed(text: string): Pep440Version {
  const version = parsePep440(text);
  if (version === undefined) throw new Error(`${text} should be a version`);
  return version;
}

const digits = fc.oneof(
  fc.constantFrom("0", "1", "2", "01", "9", "10"),
  fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String),
);
const optional = (texts: fc.Arbitrary<string>) => fc.oneof({ weight: 2, arbitrary: fc.constant("") }, texts);
const separator = fc.constantFrom("", "-", "_", ".");
const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const spelling = joined(
  fc.constantFrom("", " ", "v", "V"),
  optional(fc.constantFrom("0!", "1!", "2!")),
  fc.array(digits, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
  optional(
    joined(separator, fc.constantFrom("a", "ALPHA", "b", "beta", "c", "rc", "pre", "preview"), separator, digits),
  ),
  optional(
    fc.oneof(
      digits.map((number) => `-${number}`),
      joined(separator, fc.constantFrom("post", "rev", "r"), digits),
    ),
  ),
  optional(joined(separator, fc.constant("dev"), optional(digits))),
  optional(
    fc.array(fc.constantFrom("a", "B", "1", "01", "ubuntu2"), { minLength: 1 }).map((parts) => `+${parts.join("_")}`),
  ),
);
const version = spelling.map(parsed);

describe("parsePep440", () => {
  it.each([
    [" v1.0-ALPHA.1\n", "1.0a1"],
    ["00!01.02", "1.2"],
    ["1!2-1", "1!2.post1"],
    ["1.0preview", "1.0rc0"],
    ["1.0.rev3_dev", "1.0.post3.dev0"],
    ["1.0c2+Ubuntu-01_x", "1.0rc2+ubuntu.1.x"],
    ["123456789012345678901234567890.1", "123456789012345678901234567890.1"],
  ])("reads %j as %s", (text, normalized) => {
    expect(normalizePep440(parsed(text))).toBe(normalized);
    expect(parsed(text).raw).toBe(text);
  });

  it.each([
    "",
    "v",
    "1.",
    "1..0",
    "1.0-",
    "3.14.3t",
    "1!",
    "1.0+",
    "1.0+a..b",
    "1.0.dev1.post1",
    "vv1",
    "1.0x",
    "1.po\u017ft1",
    "\ufeff1",
  ])("does not take %j for a version", (text) => {
    expect(parsePep440(text)).toBeUndefined();
  });

  it("gives up on a text without end", () => {
    expect(parsePep440("1".repeat(4097))).toBeUndefined();
  });

  it("tells the parts apart", () => {
    expect(parsed("1!2.0b3.post4.dev5+l")).toEqual({
      raw: "1!2.0b3.post4.dev5+l",
      epoch: 1n,
      release: [2n, 0n],
      pre: { phase: "b", number: 3n },
      post: 4n,
      dev: 5n,
      local: ["l"],
    });
    expect(parsed("2")).toMatchObject({ epoch: 0n, pre: undefined, post: undefined, dev: undefined, local: undefined });
  });

  it("counts development releases as pre-releases and post releases as final", () => {
    expect(
      ["1.0a1", "1.0.dev1", "1.0.post1.dev1", "1.0", "1.0.post1"].map((text) => isPep440Prerelease(parsed(text))),
    ).toEqual([true, true, true, false, false]);
  });

  it("normalises to a text that normalises to itself and means the same", () => {
    fc.assert(
      fc.property(version, (given) => {
        const again = parsed(normalizePep440(given));
        expect(normalizePep440(again)).toBe(normalizePep440(given));
        expect(comparePep440(again, given)).toBe(0);
      }),
    );
  });
});

describe("comparePep440", () => {
  it("orders the phases of a release", () => {
    const ordered = [
      ...["1.dev0", "1.0a1.dev1", "1.0a1", "1.0a1.post1.dev1", "1.0a1.post1", "1.0a9", "1.0a10", "1.0b1", "1.0rc1"],
      ...["1.0", "1.0+a", "1.0+a.b", "1.0+b", "1.0+1", "1.0+1.a", "1.0+1.2", "1.0+10", "1.0.post0.dev1", "1.0.post0"],
      ...["1.0.post1", "1.0.1.dev1", "1.1", "9007199254740992", "9007199254740993", "1!0"],
    ].map(parsed);
    for (const [index, left] of ordered.entries()) {
      for (const [other, right] of ordered.entries()) {
        expect([left.raw, right.raw, comparePep440(left, right)]).toEqual([
          left.raw,
          right.raw,
          Math.sign(index - other),
        ]);
      }
    }
  });

  it("is a total order", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(comparePep440(a, a)).toBe(0);
        expect(comparePep440(a, b) + comparePep440(b, a)).toBe(0);
        const [x, y, z] = [a, b, c].sort(comparePep440);
        if (x !== undefined && y !== undefined && z !== undefined) {
          expect(comparePep440(x, y)).toBeLessThanOrEqual(0);
          expect(comparePep440(y, z)).toBeLessThanOrEqual(0);
          expect(comparePep440(x, z)).toBe(Math.min(comparePep440(x, y), comparePep440(y, z)));
        }
      }),
    );
  });
});
