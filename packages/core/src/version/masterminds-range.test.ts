import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { createMastermindsRange } from "./masterminds-range.ts";
import { compareMasterminds, parseMastermindsVersion } from "./masterminds-version.ts";

const versions = [
  "0.0.0",
  "0.0.4",
  "0.2.3",
  "1.3.9",
  "1.4.0-rc.1",
  "1.4.0",
  "1.4.9",
  "1.5.0",
  "2.0.0-alpha.1",
  "2.0.0",
  "3.1.2",
];
const finals = versions.filter((version) => !version.includes("-"));

function admitted(range: string, options = {}): readonly string[] {
  const { contains } = createMastermindsRange(range, options);
  return versions.filter((version) => contains(version));
}

describe("createMastermindsRange", () => {
  it.each([
    ["1.4", ["1.4.0", "1.4.9"]],
    ["=1.4.x", ["1.4.0", "1.4.9"]],
    ["1.4.0", ["1.4.0"]],
    ["1", ["1.3.9", "1.4.0", "1.4.9", "1.5.0"]],
    ["*", finals],
    ["!=1.4", finals.filter((version) => !version.startsWith("1.4"))],
    ["!=1.4.0", finals.filter((version) => version !== "1.4.0")],
    [">1.4", ["1.5.0", "2.0.0", "3.1.2"]],
    [">1", ["2.0.0", "3.1.2"]],
    ["=>2", ["2.0.0", "3.1.2"]],
    ["<=1.4", ["0.0.0", "0.0.4", "0.2.3", "1.3.9", "1.4.0", "1.4.9"]],
    ["=<0", ["0.0.0", "0.0.4", "0.2.3"]],
    ["<=*", ["0.0.0", "0.0.4"]],
    ["<1.4", ["0.0.0", "0.0.4", "0.2.3", "1.3.9"]],
    ["~1.4", ["1.4.0", "1.4.9"]],
    ["~>1.4.1", ["1.4.9"]],
    ["~1", ["1.3.9", "1.4.0", "1.4.9", "1.5.0"]],
    ["~0.0.0", finals],
    ["^1.4", ["1.4.0", "1.4.9", "1.5.0"]],
    ["^0", ["0.0.0", "0.0.4", "0.2.3"]],
    ["^0.0", ["0.0.0", "0.0.4"]],
    ["^0.0.4", ["0.0.4"]],
    ["^0.2", ["0.2.3"]],
    ["^*", ["0.0.0"]],
    ["1.4 - 1.5", ["1.4.0", "1.4.9", "1.5.0"]],
    ["1.4 - 3, !=2", ["1.4.0", "1.4.9", "1.5.0", "3.1.2"]],
    [">=1.4 <2||>3", ["1.4.0", "1.4.9", "1.5.0"]],
    [">=1.4,<1.5 || 3.1.x", ["1.4.0", "1.4.9", "3.1.2"]],
    ["v1.4.0", ["1.4.0"]],
  ])("%s admits what Masterminds does", (range, expected) => {
    expect(admitted(range)).toEqual(expected);
  });

  it("admits pre-releases in the whole group of a condition that names one", () => {
    expect(admitted(">=1.4.0-0 <2.0.0")).toEqual(["1.4.0-rc.1", "1.4.0", "1.4.9", "1.5.0", "2.0.0-alpha.1"]);
    expect(admitted("^1.x-0")).toEqual(["1.3.9", "1.4.0-rc.1", "1.4.0", "1.4.9", "1.5.0"]);
    expect(admitted("0.2.x-0 || >=2")).toEqual(["0.2.3", "2.0.0", "3.1.2"]);
    expect(admitted("~1.4", { includePrerelease: true })).toEqual(["1.4.0", "1.4.9"]);
    expect(admitted("!=1.4", { includePrerelease: true })).toContain("1.4.0-rc.1");
  });

  it.each([
    ...[
      "",
      " ",
      "||",
      "1 ||",
      "1,",
      ",1",
      "1,,2",
      ">",
      ">>1",
      "==1",
      "latest",
      "1.2.3.4",
      "1.2.3-beta.01",
      ">=1 - 2",
      "xx",
      "1|2",
    ],
    ...["18446744073709551616", "1.2 -3.", "1\u00a02", `1${" 1".repeat(300)}`, "1||".repeat(32).concat("1"), "1.2.3_4"],
  ])("refuses %j", (range) => {
    let code: string | undefined;
    try {
      createMastermindsRange(range);
    } catch (error) {
      code = isBayplanError(error) ? error.code : "something else";
    }
    expect(code).toBe("INVALID_INPUT");
  });

  it("does not admit what is no version", () => {
    expect(createMastermindsRange("*").contains("latest")).toBe(false);
  });

  it("keeps a condition and its opposite apart", () => {
    const version = fc
      .stringMatching(/^[0-3]\.[0-3]\.[0-3](-(rc|alpha)\.[0-9]{1,2})?$/)
      .filter((text) => !/\.0\d$/.test(text));
    fc.assert(
      fc.property(version, version, (given, named) => {
        const holds = (range: string) => createMastermindsRange(range, { includePrerelease: true }).contains(given);
        expect(holds(`<${named}`)).toBe(!holds(`>=${named}`));
        expect(holds(`>${named}`)).toBe(!holds(`<=${named}`));
        expect(holds(named)).toBe(!holds(`!=${named}`));
        expect(holds(`>=${named} || <${named}`)).toBe(true);
        if (holds(`^${named}`) || holds(`~${named}`)) expect(holds(`>=${named}`)).toBe(true);
      }),
    );
  });
});

describe("parseMastermindsVersion", () => {
  it.each(["v1.2.3", "1", "01.02", "v2025.07.03", "1.2.3-x.Y.0+meta-data", "18446744073709551615.0.0"])(
    "reads %s",
    (text) => {
      expect(parseMastermindsVersion(text)?.raw).toBe(text);
    },
  );

  it.each([
    "",
    "V1.2.3",
    "1.2.3.4",
    "1.2.3-",
    "1.2.3-01",
    "1.2.3-a..b",
    "\n1.2.3",
    "1.2.3\n",
    "18446744073709551616.0.0",
    "1.2.3+",
  ])("refuses %j", (text) => {
    expect(parseMastermindsVersion(text)).toBeUndefined();
  });

  it("orders by precedence, totally", () => {
    const ordered = [
      "1.0.0-1",
      "1.0.0-9",
      "1.0.0-10",
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-rc",
      "1",
      "1.0.1",
      "1.1",
      "2",
    ];
    for (const [index, left] of ordered.entries()) {
      for (const [other, right] of ordered.entries()) {
        const [a, b] = [parseMastermindsVersion(left), parseMastermindsVersion(right)];
        if (a === undefined || b === undefined) throw new Error("all are versions");
        expect([left, right, compareMasterminds(a, b)]).toEqual([left, right, Math.sign(index - other)]);
      }
    }
  });
});
