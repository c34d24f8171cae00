import { describe, expect, it } from "vitest";
import { changeBase } from "./change-base.ts";
import { detectChanges } from "./detect-changes.ts";
import { parseNameStatus } from "./parse-name-status.ts";

const watch = ["pyproject.toml", "setup.cfg", "deps/**", "!deps/*.md"];
const refused = expect.objectContaining({ code: "INVALID_INPUT" });
const sha = "3f".repeat(20);

describe("detectChanges", () => {
  it.each([
    [["setup.cfg"], "changed"],
    [["deps/a/b.lock", "x"], "changed"],
    [["deps/README.md"], "unchanged"],
    [["src/setup_cfg.py", "setup_cfg", "sub/pyproject.toml", "pyproject.toml.bak"], "unchanged"],
    [[], "unchanged"],
  ])("%j: %s", (paths, state) => {
    expect(detectChanges(watch, { state: "known", paths }).state).toBe(state);
  });

  it("names what matched", () => {
    expect(detectChanges(watch, { state: "known", paths: ["a", "deps/x"] })).toEqual({
      state: "changed",
      matched: [{ path: "deps/x", pattern: "deps/**" }],
    });
  });

  it("never takes unknown for unchanged", () => {
    expect(detectChanges(watch, { state: "unknown", because: "shallow" })).toEqual({
      state: "unknown",
      because: "shallow",
    });
    expect(detectChanges(watch, { state: "incomplete", paths: ["a"] }).state).toBe("unknown");
    expect(detectChanges(watch, { state: "incomplete", paths: ["setup.cfg"] }).state).toBe("changed");
  });

  it("refuses a broken list even when nothing is known", () => {
    expect(() => detectChanges(["["], { state: "unknown", because: "" })).toThrow(refused);
  });
});

describe("changeBase", () => {
  it("takes the previous release or the commit before the push", () => {
    expect(changeBase("previous-release", { previousRelease: sha.toUpperCase() })).toEqual({
      state: "known",
      sha,
      from: "previous-release",
    });
    expect(changeBase("push-before", { pushBefore: sha, previousRelease: "none" })).toMatchObject({ sha });
  });

  it.each([
    ["push-before", {}],
    ["push-before", { pushBefore: "" }],
    ["push-before", { pushBefore: "0".repeat(40) }],
    ["push-before", { previousRelease: sha }],
    ["previous-release", { previousRelease: "none" }],
    ["previous-release", { pushBefore: sha }],
  ] as const)("%s of %j is unknown", (since, facts) => {
    expect(changeBase(since, facts).state).toBe("unknown");
  });

  it.each(["HEAD~1", "abc1234", "main", "none"])("refuses %s as a commit", (pushBefore) => {
    expect(() => changeBase("push-before", { pushBefore })).toThrow(refused);
  });
});

describe("parseNameStatus", () => {
  it("reads statuses, and both names of a renamed file", () => {
    expect(parseNameStatus("M\0a\nb\0R100\0old\0new\0C75\0x\0y\0D\0gone\0")).toEqual({
      state: "known",
      paths: ["a\nb", "old", "new", "x", "y", "gone"],
    });
    expect(parseNameStatus("")).toEqual({ state: "known", paths: [] });
  });

  it("stops at its limit and says so", () => {
    expect(parseNameStatus("M\0a\0M\0b\0", { maxEntries: 1 })).toEqual({ state: "incomplete", paths: ["a"] });
    expect(parseNameStatus("M\0a\0M\0b\0", { maxEntries: 2 }).state).toBe("known");
  });

  it.each(["M\ta\n", "a\0", "M\0", "M\0a", "R100\0old\0", "M\0\0", "Q\0a\0"])("refuses %j", (text) => {
    expect(() => parseNameStatus(text)).toThrow(refused);
  });
});
