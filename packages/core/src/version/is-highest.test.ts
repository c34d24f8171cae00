import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import { codeOf } from "../testing/code-of.ts";
import { type HighestVerdict, isHighest, isHighestInLine } from "./is-highest.ts";

const brief = (verdict: HighestVerdict) =>
  verdict.state === "not-highest" ? `below ${verdict.higher.raw}` : verdict.state;
const all = (versions: readonly string[]) => ({ versions, truncated: false });

describe("isHighest", () => {
  it.each([
    ["1.0.0", [], "highest"],
    ["1.10.0", ["1.9.0", "1.2.0"], "highest"],
    ["1.9.1", ["1.9.0", "1.10.0", "1.11.0"], "below 1.11.0"],
    ["1.9.0", ["1.9.0"], "highest"],
    ["1.9.0", ["v1.9.0", "latest", "1", "1.10", "9", "sha-0a1b2c3", "20240101"], "highest"],
    ["1.9.0", ["v1.10.0"], "below v1.10.0"],
    ["1.9.0", ["2.0.0-rc.1", "1.10.0-alpine", "ui-3.0.0"], "highest"],
    ["1.9.0-alpine", ["1.10.0", "1.10.0-alpine"], "below 1.10.0-alpine"],
    ["2.0.0-rc.1", ["1.0.0"], "prerelease"],
    ["3.14.3t", ["3.15.0", "3.14.2t"], "highest"],
  ])("%s beside %j is %s", (version, versions, expected) => {
    expect(brief(isHighest(version, all(versions)))).toBe(expected);
  });

  it("says nothing by a list that is missing, cut short or old, except what it shows", () => {
    const at = parseInstant("2026-01-01T00:00:00Z");
    expect(isHighest("1.0.0", undefined).state).toBe("unknown");
    expect(isHighest("1.0.0", { versions: [], truncated: true }).state).toBe("unknown");
    expect(isHighest("1.0.0", { versions: [], truncated: false, staleSince: at }).state).toBe("unknown");
    expect(brief(isHighest("1.0.0", { versions: ["1.0.1"], truncated: true }))).toBe("below 1.0.1");
  });

  it("reads versions as the scheme does and refuses what is none", () => {
    expect(isHighest("1.0.0-rc10", all(["1.0.0-rc9"]), { scheme: "pep440" }).state).toBe("prerelease");
    expect(isHighest("1.0.post1", all(["1.0"]), { scheme: "pep440" }).state).toBe("highest");
    expect(codeOf(() => isHighest("latest", all([])))).toBe("INVALID_INPUT");
    expect(codeOf(() => isHighest("1.0.0", all([]), { scheme: "loose" }))).toBe("INVALID_INPUT");
  });
});

describe("isHighestInLine", () => {
  it.each([
    ["1.9.5", "1.9", ["1.10.0", "1.9.4", "1.9"], "highest"],
    ["1.9.5", "1.9", ["1.9.10"], "below 1.9.10"],
    ["1.9.5", "1", ["1.10.0"], "below 1.10.0"],
    ["1.9.5", "1.9.x", ["1.10.0"], "highest"],
    ["1.9.5", "1", ["2.0.0", "10.0.0"], "highest"],
  ])("%s in %s beside %j is %s", (version, line, versions, expected) => {
    expect(brief(isHighestInLine(version, all(versions), { line }))).toBe(expected);
  });

  it("refuses a line the version is not of", () => {
    expect(codeOf(() => isHighestInLine("1.9.5", all([]), { line: "1.1" }))).toBe("INVALID_INPUT");
    expect(isHighestInLine("1.9.5", undefined, { line: "1.9" }).state).toBe("unknown");
  });
});
