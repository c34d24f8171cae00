import { describe, expect, it } from "vitest";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { mapRefsToTags, tagsOfDeletedRef } from "./map-refs-to-tags.ts";
import type { TagRule } from "./tag-rule.ts";

const rules: readonly TagRule[] = [
  { kind: "sha" },
  { kind: "branch" },
  { kind: "tag" },
  { kind: "pr" },
  { kind: "exact", template: "{version}" },
  { kind: "alias", template: "latest" },
];
const policy = { rules, scheme: createVersionScheme("semver") };
const head = (name: string) => `refs/heads/${name}`;

describe("mapRefsToTags", () => {
  it("finds the way from refs to tags and back, and what two refs share", () => {
    const refs = [head("main"), head("a/b"), head("a-b"), head("latest"), "refs/tags/v1.0.0", "refs/pull/7/merge"];
    const map = mapRefsToTags(policy, refs);
    expect(map.entries).toEqual([
      { ref: head("main"), tag: "main" },
      { ref: head("a/b"), tag: "a-b" },
      { ref: head("a-b"), tag: "a-b" },
      { ref: "refs/tags/v1.0.0", tag: "v1.0.0" },
      { ref: "refs/pull/7/merge", tag: "pr-7" },
    ]);
    expect(map.refsOfTag["a-b"]).toEqual([head("a/b"), head("a-b")]);
    expect(map.collisions).toEqual([{ tag: "a-b", refs: [head("a/b"), head("a-b")] }]);
    expect(map.refused).toMatchObject([{ ref: head("latest"), tag: "latest", reason: { code: "reserved-name" } }]);
  });

  it("knows the variants of each", () => {
    const variants = [
      { name: "debian", suffix: "-debian", default: true },
      { name: "alpine", suffix: "-alpine" },
    ];
    const tags = (variant: string) =>
      mapRefsToTags({ ...policy, variants }, [head("x")], { variant }).entries.map(({ tag }) => tag);
    expect(tags("debian")).toEqual(["x", "x-debian"]);
    expect(tags("alpine")).toEqual(["x-alpine"]);
  });
});

describe("tagsOfDeletedRef", () => {
  const of = (deleted: string, ...liveRefs: string[]) => tagsOfDeletedRef(policy, deleted, { liveRefs });

  it("removes what is named after the branch alone", () => {
    expect(of(head("a/b"), head("main"))).toEqual({ remove: ["a-b"], shared: [] });
    expect(of(head("a/b"), head("a/b"), head("main"))).toEqual({ remove: ["a-b"], shared: [] });
  });

  it("keeps what another branch has too", () => {
    expect(of(head("a/b"), head("a-b"))).toEqual({ remove: [], shared: [{ tag: "a-b", refs: [head("a-b")] }] });
  });

  it.each([head("latest"), head("1.2"), head("1.0.0"), "refs/tags/v1.0.0", "main"])(
    "removes nothing for %s",
    (deleted) => {
      expect(of(deleted).remove).toEqual([]);
    },
  );
});
