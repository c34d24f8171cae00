import { expect, it } from "vitest";
import { now, smallRepository } from "../testing/retention/small-repository.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RefDeletion, RetentionPolicy } from "./retention-policy.ts";

const { inventory, deleted } = smallRepository({
  one: { tags: ["feat-a"] },
  trixie: { tags: ["feat-a-trixie"] },
  two: { tags: ["feat-b", "sha-1"] },
  other: { tags: ["main"] },
});
const rules = [{ kind: "expire-deleted-branch" }] as const;
const event = (ref: string, refType: RefDeletion["refType"] = "branch"): RefDeletion => ({
  type: "delete",
  refType,
  ref,
});
const run = (policy: RetentionPolicy) => evaluateRetention(inventory, policy, now);

it("cleans the deleted branch's image, under all its names", () => {
  const policy = { rules, liveBranches: ["main"], event: event("refs/heads/feat/a") };
  expect(deleted(run(policy))).toEqual(["one"]);
  expect(deleted(run({ ...policy, branchTags: ["{branch}", "{branch}-trixie"] }))).toEqual(["one", "trixie"]);
});

it("removes only the branch's tag where the image has others", () => {
  const evaluation = run({ rules, liveBranches: ["main"], event: event("feat/b") });
  expect(evaluation.delete).toEqual([]);
  expect(evaluation.untag.map(({ tag }) => tag)).toEqual(["feat-b"]);
});

it("leaves a tag that a live branch has too, and every protected one", () => {
  expect(deleted(run({ rules, liveBranches: ["main", "feat-a"], event: event("feat/a") }))).toEqual([]);
  expect(deleted(run({ rules, liveBranches: [], protect: ["main"], event: event("main") }))).toEqual([]);
});

it("does nothing without the list of live branches, and says so", () => {
  const { delete: gone, notices } = run({ rules, event: event("feat/a") });
  expect(gone).toEqual([]);
  expect(notices).toEqual([{ code: "not-judged", path: "rules[0]", text: "expire-deleted-branch" }]);
});

it("cleans nothing after the deletion of a Git tag, whatever the rules say", () => {
  const all: RetentionPolicy = { rules: [{ kind: "expire", match: { any: true } }, { kind: "expire-untagged" }] };
  expect(deleted(run(all))).toHaveLength(4);
  const { delete: gone, untag, keep } = run({ ...all, event: event("feat-a", "tag") });
  expect([...gone, ...untag]).toEqual([]);
  expect(keep[0]?.reasons).toEqual([{ code: "git-tag-deleted", ref: "feat-a" }]);
});

it("reconciles with the live branches, since deletions are not always told", () => {
  const match = { pattern: "feat-.*" };
  const policy: RetentionPolicy = { rules: [{ kind: "keep-live-branches" }, { kind: "expire", match }] };
  expect(deleted(run({ ...policy, liveBranches: ["main", "feat/b"] }))).toEqual(["one", "trixie"]);
  const blind = run(policy);
  expect(blind.delete).toEqual([]);
  expect(blind.stopped).toEqual([{ code: "live-branches-unknown", rule: "rules[0]" }]);
});
