import { describe, expect, it } from "vitest";
import type { ChangedPaths } from "./changed-paths.ts";
import type { TriggerRef } from "./trigger-ref.ts";
import { compileWorkflowFilter, type WorkflowFilter } from "./workflow-filter.ts";

const none: ChangedPaths = { state: "unknown", because: "not asked" };
const files = (...paths: string[]): ChangedPaths => ({ state: "known", paths });
const branch = (name: string): TriggerRef => ({ kind: "branch", name });
const tag = (name: string): TriggerRef => ({ kind: "tag", name });

function fires(filter: WorkflowFilter, ref: TriggerRef | undefined, changes = none): boolean {
  return compileWorkflowFilter(filter).judge(ref, changes).fires;
}

describe("compileWorkflowFilter", () => {
  it.each<[string, WorkflowFilter, TriggerRef, boolean]>([
    ["nothing listed", {}, branch("x"), true],
    ["nothing listed, a tag", {}, tag("x"), true],
    ["a listed branch", { branches: ["main"] }, branch("main"), true],
    ["another branch", { branches: ["main"] }, branch("main2"), false],
    ["a tag where only branches are listed", { branches: ["**"] }, tag("main"), false],
    ["a branch where only tags are listed", { tags: ["**"] }, branch("v1"), false],
    ["a branch where only tags are ignored", { tagsIgnore: ["v1"] }, branch("x"), false],
    ["both listed, a tag", { branches: ["main"], tags: ["v*"] }, tag("v1"), true],
    ["an ignored branch", { branchesIgnore: ["tmp/**"] }, branch("tmp/a"), false],
    ["a branch that is not ignored", { branchesIgnore: ["tmp/**"] }, branch("main"), true],
    ["taken out", { branches: ["r/**", "!r/**-alpha"] }, branch("r/1-alpha"), false],
    ["not taken out", { branches: ["r/**", "!r/**-alpha"] }, branch("r/1"), true],
    ["taken out and in again", { branches: ["r/**", "!r/old/**", "r/old/keep"] }, branch("r/old/keep"), true],
    ["taken out in vain: the later pattern counts", { branches: ["!r/1", "r/**"] }, branch("r/1"), true],
    ["another kind of ref", { branches: ["**"] }, { kind: "other", name: "refs/pull/1/merge" }, false],
  ])("%s", (_, filter, ref, expected) => {
    expect(fires(filter, ref)).toBe(expected);
  });

  it("does not fire for a ref nobody knows", () => {
    expect(compileWorkflowFilter({ branches: ["**"] }).judge(undefined, none)).toEqual({
      fires: false,
      reason: { code: "ref-unknown" },
    });
  });

  it.each<[string, WorkflowFilter, ChangedPaths, boolean]>([
    ["one file of many", { paths: ["src/**"] }, files("a", "src/b"), true],
    ["no file", { paths: ["src/**"] }, files("a", "xsrc/b"), false],
    ["nothing changed", { paths: ["**"] }, files(), false],
    ["unknown", { paths: ["src/**"] }, none, true],
    ["incomplete without a hit", { paths: ["src/**"] }, { state: "incomplete", paths: ["a"] }, true],
    ["taken out", { paths: ["docs/**", "!docs/*.md"] }, files("docs/a.md"), false],
    ["one taken out, one not", { paths: ["docs/**", "!docs/*.md"] }, files("docs/a.md", "docs/a.png"), true],
    ["only ignored files", { pathsIgnore: ["**.md"] }, files("a.md", "b/c.md"), false],
    ["one file not ignored", { pathsIgnore: ["**.md"] }, files("a.md", "b.ts"), true],
    ["ignoring, nothing changed", { pathsIgnore: ["**.md"] }, files(), false],
    ["the branch is wrong too", { branches: ["dev"], paths: ["**"] }, files("a"), false],
  ])("paths: %s", (_, filter, changes, expected) => {
    expect(fires(filter, branch("main"), changes)).toBe(expected);
  });

  it("does not ask paths of a tag", () => {
    expect(fires({ paths: ["src/**"] }, tag("v1"), files("README.md"))).toBe(true);
  });

  it("says which pattern and which file decided", () => {
    const filter = compileWorkflowFilter({ branches: ["**", "!x"], paths: ["a/**"] });
    expect(filter.judge(branch("x"), none).reason).toEqual({ code: "ref-not-listed", name: "x", pattern: "!x" });
    expect(filter.judge(branch("y"), files("b", "a/c")).reason).toEqual({
      code: "path-listed",
      path: "a/c",
      pattern: "a/**",
    });
  });

  it.each<WorkflowFilter>([
    { branches: ["a"], branchesIgnore: ["b"] },
    { tags: ["a"], tagsIgnore: ["b"] },
    { paths: ["a"], pathsIgnore: ["b"] },
    { branches: [] },
    { branches: ["!a"] },
    { branchesIgnore: ["a", "!b"] },
    { paths: ["[", "a"] },
  ])("refuses %j", (filter) => {
    expect(() => compileWorkflowFilter(filter)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
