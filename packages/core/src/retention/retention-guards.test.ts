import { describe, expect, it } from "vitest";
import { now, type SmallImage, smallRepository } from "../testing/retention/small-repository.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RetentionInventory } from "./inventory.ts";
import type { RetentionPolicy } from "./retention-policy.ts";

const images: Record<string, SmallImage> = {
  child: { days: 8 },
  old: { tags: ["pr-1"], days: 8, children: ["child"] },
  mid: { tags: ["pr-2", "pr-3"], days: 5 },
  new: { tags: ["pr-4"], days: 0 },
};
const policy: RetentionPolicy = { rules: [{ kind: "expire", match: { pattern: "pr-\\d" } }] };
const { inventory, digest, deleted } = smallRepository(images);
const run = (more: Partial<RetentionPolicy>, about: Partial<RetentionInventory> = {}) =>
  evaluateRetention({ ...inventory, ...about }, { ...policy, ...more }, now);

describe("guards", () => {
  it("has none but the first two unless asked", () => {
    expect(deleted(run({}))).toEqual(["child", "mid", "new", "old"]);
  });

  it("keeps what was pushed just now, or nobody knows when", () => {
    expect(deleted(run({ guards: { delay: "1h" } }))).toEqual(["child", "mid", "old"]);
    const unknown = smallRepository({ ...images, old: { tags: ["pr-1"], days: null, children: ["child"] } });
    const evaluation = evaluateRetention(unknown.inventory, { ...policy, guards: { delay: "1h" } }, now);
    expect(unknown.deleted(evaluation)).toEqual(["mid"]);
  });

  it("keeps so many tagged images with all they contain, the newest", () => {
    const evaluation = run({ guards: { keepTagged: 2 } });
    expect(deleted(evaluation)).toEqual(["child", "old"]);
    expect(evaluation.untag).toEqual([]);
    expect(evaluation.keep.map(({ reasons }) => reasons[0])).toEqual([
      { code: "last-tagged", keepTagged: 2 },
      { code: "last-tagged", keepTagged: 2 },
    ]);
    expect(deleted(run({ guards: { keepTagged: 3 } }))).toEqual([]);
    // An image that stays but loses its tags is not a tagged one.
    expect(deleted(run({ guards: { keepTagged: 1 }, pins: [digest("mid")] }))).toEqual(["child", "old"]);
  });

  it.each([
    [{ count: 3 }, "too-many-deletions"],
    [{ percent: 99.9 }, "too-many-deletions"],
    [{ count: 4, percent: 100 }, undefined],
  ])("stops at %j", (maxDeletions, code) => {
    const evaluation = run({ guards: { maxDeletions } });
    expect(evaluation.stopped[0]?.code).toBe(code);
    expect(evaluation.delete).toHaveLength(code === undefined ? 4 : 0);
  });

  it("empties no repository where that is asked", () => {
    const evaluation = run({ guards: { neverEmpty: true } });
    expect(evaluation.delete).toEqual([]);
    expect(evaluation.refused.map(({ reasons }) => reasons[0].code)).toEqual(new Array(4).fill("would-be-empty"));
    expect(deleted(run({ guards: { neverEmpty: true }, protect: ["pr-4"] }))).toEqual(["child", "mid", "old"]);
  });
});

describe("what is not known", () => {
  it("stops for an incomplete list, and tells what it would have done", () => {
    const { delete: gone, stopped, refused, keep } = run({}, { incomplete: { error: "TIMEOUT" } });
    expect([gone, stopped]).toEqual([[], [{ code: "inventory-incomplete", error: "TIMEOUT" }]]);
    expect(keep).toHaveLength(4);
    expect(refused.find((one) => one.digest === digest("child"))?.reasons.map(({ code }) => code)).toEqual([
      "inventory-incomplete",
      "child-of",
      "expired",
    ]);
  });

  it("stops for one unreadable manifest, not for an absent child", () => {
    const absent = smallRepository({ a: { tags: ["pr-1"], children: ["nobody"] } });
    expect(absent.deleted(evaluateRetention(absent.inventory, policy, now))).toEqual(["a"]);
    const manifests = inventory.manifests.map((manifest, index) =>
      index === 0 ? { ...manifest, links: { state: "unreadable", error: "DENIED" } as const } : manifest,
    );
    const { delete: gone, stopped } = run({}, { manifests });
    expect(gone).toEqual([]);
    expect(stopped).toEqual([{ code: "manifest-unreadable", digest: digest("child"), error: "DENIED", count: 1 }]);
  });

  it("removes tags, and no manifest, where untagged ones are not listed", () => {
    const manifests = inventory.manifests.filter(({ tags }) => tags.length > 0);
    const rules = [...(policy.rules ?? []), { kind: "expire-untagged" } as const, { kind: "expire-orphans" } as const];
    const evaluation = run({ rules }, { manifests, covers: "tagged" });
    expect(evaluation.delete).toEqual([]);
    expect(evaluation.untag.map(({ tag }) => tag).sort()).toEqual(["pr-1", "pr-2", "pr-3", "pr-4"]);
    expect(evaluation.refused.map(({ reasons }) => reasons[0].code)).toEqual(new Array(3).fill("untagged-unknown"));
    expect(evaluation.notices).toEqual([
      { code: "not-judged", path: "rules[1]", text: "expire-untagged" },
      { code: "not-judged", path: "rules[2]", text: "expire-orphans" },
    ]);
    expect(deleted(run({}, { manifests, covers: "tagged", refusesReferenced: true }))).toEqual(["mid", "new", "old"]);
  });

  it("refuses to remove tags where the registry cannot", () => {
    const pins = [digest("mid")];
    const codes = (untagging: RetentionInventory["untagging"]) => {
      const { untag, refused } = run({ pins }, untagging === undefined ? {} : { untagging });
      return [untag.map(({ tag }) => tag), refused.map(({ tag, reasons }) => [tag, reasons[0].code])];
    };
    expect(codes("any")).toEqual([["pr-2", "pr-3"], []]);
    expect(codes("not-the-last")).toEqual([["pr-3"], [["pr-2", "untag-would-delete"]]]);
    expect(codes("unsupported")).toEqual([
      [],
      [
        ["pr-2", "untag-unsupported"],
        ["pr-3", "untag-unsupported"],
      ],
    ]);
  });

  it("leaves expired tags on protected images, or on all, where asked", () => {
    const protect = ["pr-2"];
    const tags = (untag: RetentionPolicy["untag"]) =>
      run({ protect, pins: [digest("new")], ...(untag && { untag }) }).untag.map(({ tag }) => tag);
    expect([tags(undefined), tags("unprotected"), tags("none")]).toEqual([["pr-3", "pr-4"], ["pr-4"], []]);
  });
});

describe("notices", () => {
  it("names selectors that fit no tag, and only those", () => {
    const { notices } = run({
      protect: ["latest", { pattern: "pr-[14]" }, { versions: "any", line: "1.1" }],
      rules: [
        { kind: "expire", match: [{ pattern: "sha-.*" }, { any: true }], except: ["nothing"] },
        { kind: "expire", match: { pattern: "pr-2" } },
      ],
    });
    expect(notices.map(({ path, text }) => [path, text])).toEqual([
      ["protect[0]", "latest"],
      ["protect[2]", "any versions of 1.1"],
      ["rules[0].match[0]", "sha-.*"],
      ["rules[0].except[0]", "nothing"],
    ]);
  });
});
