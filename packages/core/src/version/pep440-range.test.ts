import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { createPep440Range } from "./pep440-range.ts";

function admits(range: string, versions: readonly string[]): readonly string[] {
  return versions.filter((version) => createPep440Range(range).contains(version, { prereleases: true }));
}

describe("createPep440Range", () => {
  it.each([
    ["==2.5", ["2.5", "2.5.0", "2.5+local"]],
    ["==2.5+local", ["2.5+local"]],
    ["!=2.5", ["2.4", "2.5a1", "2.5.post1", "2.5.post1.dev1", "2.5.1", "1!2.5"]],
    ["==2.5.*", ["2.5", "2.5.0", "2.5a1", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1"]],
    ["!=2.5.*", ["2.4", "1!2.5"]],
    ["~=2.5.0", ["2.5", "2.5.0", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1"]],
    ["~=2.4", ["2.4", "2.5", "2.5.0", "2.5a1", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1"]],
    ["<=2.5", ["2.4", "2.5", "2.5.0", "2.5a1", "2.5+local"]],
    [">=2.5", ["2.5", "2.5.0", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1", "1!2.5"]],
    ["<2.5", ["2.4"]],
    ["<2.5rc1", ["2.4", "2.5a1"]],
    ["<2.5.post1", ["2.4", "2.5", "2.5.0", "2.5a1", "2.5+local"]],
    [">2.5", ["2.5.1", "1!2.5"]],
    [">2.5a0", ["2.5", "2.5.0", "2.5a1", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1", "1!2.5"]],
    [">2.5.dev0", ["2.5", "2.5.0", "2.5a1", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1", "1!2.5"]],
    [">2.5.post0", ["2.5.post1", "2.5.post1.dev1", "2.5.1", "1!2.5"]],
    [">=2.4, !=2.4.*, <2.5.1", ["2.5", "2.5.0", "2.5a1", "2.5+local", "2.5.post1", "2.5.post1.dev1"]],
    ["===2.5.0", ["2.5.0"]],
    [">=1!0", ["1!2.5"]],
  ])("%s admits exactly what PyPA does", (range, expected) => {
    const versions = ["2.4", "2.5", "2.5.0", "2.5a1", "2.5+local", "2.5.post1", "2.5.post1.dev1", "2.5.1", "1!2.5"];
    expect(admits(range, versions)).toEqual(expected);
  });

  it.each([
    "3",
    "=3",
    "~3",
    "^3",
    "~=3",
    ">=3.*",
    "==3.0a1.*",
    "<3+local",
    ">=3 <4",
    "*",
    "===a b",
    "===a;",
    ">=3||<2",
    "==*",
  ])("refuses %s", (range) => {
    let code: string | undefined;
    try {
      createPep440Range(range);
    } catch (error) {
      code = isBayplanError(error) ? error.code : "something else";
    }
    expect(code).toBe("INVALID_INPUT");
  });

  it("refuses a specifier without end", () => {
    expect(() => createPep440Range(`>=1${",>=1".repeat(2000)}`)).toThrow();
  });

  it("takes no clauses for no limit", () => {
    expect(createPep440Range(" , ").filter(["2", "1"])).toEqual(["2", "1"]);
  });

  it("admits pre-releases where the specifier names one, or nothing else fits", () => {
    expect(createPep440Range(">=2").filter(["1", "2", "3a1"])).toEqual(["2"]);
    expect(createPep440Range(">=2").filter(["1", "3a1", "2.dev1"])).toEqual(["3a1"]);
    expect(createPep440Range(">=2.0a0").filter(["1", "2", "3a1"])).toEqual(["2", "3a1"]);
    expect(createPep440Range("!=2.0a0").filter(["1", "2", "3a1"])).toEqual(["1", "2"]);
    expect(createPep440Range(">=2").contains("3a1")).toBe(true);
    expect(createPep440Range(">=2.0a0").contains("3a1", { prereleases: false })).toBe(false);
    expect(createPep440Range(">=2").filter(["2", "3a1"], { prereleases: true })).toEqual(["2", "3a1"]);
  });

  it("lets a text that is no version fit === and the empty specifier only", () => {
    expect(createPep440Range("===Nightly").filter(["1", "nightly"])).toEqual(["nightly"]);
    expect(createPep440Range("").filter(["nightly", "1a1"])).toEqual(["nightly", "1a1"]);
    expect(createPep440Range("").filter(["nightly", "1a1", "1"])).toEqual(["nightly", "1"]);
    expect(createPep440Range(">=0").filter(["nightly", "1"])).toEqual(["1"]);
  });

  it("gives the highest, as written, the last among equals", () => {
    expect(createPep440Range("<4").highest(["3.0", "v3", "2", "3.0.0", "5"])).toBe("3.0.0");
    expect(createPep440Range("<4").highest(["nothing", "5"])).toBeUndefined();
    expect(createPep440Range("").highest(["nothing"])).toBeUndefined();
  });

  it("keeps what a range and its opposite admit apart", () => {
    const version = fc.stringMatching(/^[0-3](\.[0-3]){0,2}((a|rc)[0-2])?(\.post[0-2])?(\.dev[0-2])?$/);
    const named = fc.stringMatching(/^[0-3](\.[0-3]){0,2}(\.\*|(a|rc)[0-2])?$/);
    fc.assert(
      fc.property(version, named, (given, bound) => {
        const holds = (range: string) => createPep440Range(range).contains(given, { prereleases: true });
        expect(holds(`==${bound}`)).toBe(!holds(`!=${bound}`));
        if (bound.endsWith("*")) return;
        // The strict comparisons leave out more than their opposites take in, never the other way round.
        if (holds(`>${bound}`)) expect(holds(`<=${bound}`)).toBe(false);
        if (holds(`<${bound}`)) expect(holds(`>=${bound}`)).toBe(false);
        expect(holds(`<=${bound}`) || holds(`>=${bound}`)).toBe(true);
      }),
    );
  });
});
