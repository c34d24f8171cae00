import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import { digestOf } from "../oci/digest.ts";
import { codeOf } from "../testing/code-of.ts";
import { assignWith, namesOf, outcomesOf, pushOf, shaOf } from "../testing/tag-context.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import type { TagIntervention } from "./tag-intervention.ts";
import type { CommitRelation, ShownTag, TagContext } from "./tag-policy.ts";
import type { TagRule } from "./tag-rule.ts";

const digest = (text: string) => digestOf(new TextEncoder().encode(text));
const [ours, other] = [digest("ours"), digest("other")];
const exact: TagRule = { kind: "exact", template: "{version}" };
const minor: TagRule = { kind: "alias", template: "{major}.{minor}" };
const latest: TagRule = { kind: "alias", template: "latest" };
const branch: TagRule = { kind: "branch" };
const complete = (...tags: string[]) => ({ state: "complete", tags }) as const;
const unknown = { state: "unknown", error: "RATE_LIMITED" } as const;

describe("assignTags: immutable tags", () => {
  const shown = (state: ShownTag) => ({ version: "1.2.3", shown: { "1.2.3": state } });

  it.each<[string, Partial<TagContext>, string]>([
    ["not asked", { version: "1.2.3", target: ours }, "emitted 1.2.3 exact-version"],
    ["absent", { ...shown({ state: "absent" }), target: ours }, "emitted 1.2.3 exact-version"],
    ["the same image", { ...shown({ state: "present", digest: ours }), target: ours }, "emitted 1.2.3 up-to-date"],
    [
      "another image",
      { ...shown({ state: "present", digest: other }), target: ours },
      "withheld 1.2.3 immutable-conflict",
    ],
    ["there, and ours not built yet", shown({ state: "present", digest: other }), "withheld 1.2.3 up-to-date"],
    ["denied or absent", { ...shown({ state: "denied-or-absent" }), target: ours }, "withheld 1.2.3 registry-unknown"],
    ["unknown", { ...shown({ state: "unknown", error: "TIMEOUT" }), target: ours }, "withheld 1.2.3 registry-unknown"],
  ])("%s", (_, context, outcome) => {
    expect(outcomesOf(assignWith({ rules: [exact] }, context))).toEqual([outcome]);
  });

  it("lets no alias call an image a release that another image is", () => {
    const context = { ...shown({ state: "present", digest: other }), target: ours };
    const rules: readonly TagRule[] = [latest, exact, minor, { kind: "raw", value: "edge", order: "any" }];
    expect(outcomesOf(assignWith({ rules }, context))).toEqual([
      "withheld latest version-taken",
      "withheld 1.2.3 immutable-conflict",
      "withheld 1.2 version-taken",
      "emitted edge unordered",
    ]);
  });

  it("takes no inherited name for a fact", () => {
    const rules: readonly TagRule[] = [{ kind: "raw", value: "constructor", mutability: "immutable" }];
    expect(namesOf(assignWith({ rules }, { shown: {}, target: ours }))).toEqual(["constructor"]);
  });
});

describe("assignTags: what is not known", () => {
  it("holds, or fails if the policy says so", () => {
    const context = { version: "1.2.3", known: unknown };
    expect(outcomesOf(assignWith({ rules: [exact, latest] }, context))).toEqual([
      "emitted 1.2.3 exact-version",
      "withheld latest listing-incomplete",
    ]);
    expect(codeOf(() => assignWith({ rules: [latest], onUnknown: "fail" }, context))).toBe("INCOMPLETE");
    const branchContext = { event: pushOf("refs/heads/main"), known: unknown };
    expect(codeOf(() => assignWith({ rules: [branch], onUnknown: "fail" }, branchContext))).toBe("INCOMPLETE");
    const denied = { version: "1.2.3", shown: { "1.2.3": { state: "denied-or-absent" } } } as const;
    expect(codeOf(() => assignWith({ rules: [exact], onUnknown: "fail" }, denied))).toBe("INCOMPLETE");
  });

  it("does not fail for what no knowledge could change", () => {
    const context = { version: "1.2.3-rc.1", known: unknown };
    expect(namesOf(assignWith({ rules: [exact, latest], onUnknown: "fail" }, context))).toEqual(["1.2.3-rc.1"]);
  });
});

describe("assignTags: by ancestry", () => {
  const relation = (name: "ancestor" | "same" | "descendant" | "diverged"): CommitRelation => {
    return { state: "known", commit: shaOf("c"), relation: name };
  };

  it.each<[string, Partial<TagContext>, string]>([
    ["an ancestor", { ancestry: { main: relation("ancestor") } }, "emitted main ancestor"],
    ["the same commit", { ancestry: { main: relation("same") } }, "emitted main ancestor"],
    ["a later commit", { ancestry: { main: relation("descendant") } }, "withheld main not-ancestor"],
    ["another history", { ancestry: { main: relation("diverged") } }, "withheld main not-ancestor"],
    ["nothing there", { ancestry: { main: { state: "absent" } } }, "emitted main first-of-branch"],
    ["not learnt", { ancestry: { main: { state: "unknown", error: "TIMEOUT" } } }, "withheld main ancestry-unknown"],
    ["not asked, and listed", { known: complete("main") }, "withheld main ancestry-unknown"],
    ["not asked, and not listed", { known: complete("1.0.0") }, "emitted main first-of-branch"],
    ["not asked, and no listing", { known: unknown }, "withheld main ancestry-unknown"],
    ["resolved as absent", { known: unknown, shown: { main: { state: "absent" } } }, "emitted main first-of-branch"],
    [
      "denied or absent",
      { known: unknown, shown: { main: { state: "denied-or-absent" } } },
      "withheld main ancestry-unknown",
    ],
    [
      "said to be absent, and listed",
      { known: complete("main"), ancestry: { main: { state: "absent" } } },
      "withheld main ancestry-unknown",
    ],
  ])("%s", (_, context, outcome) => {
    const event = pushOf("refs/heads/main");
    expect(outcomesOf(assignWith({ rules: [branch] }, { event, ...context }))).toEqual([outcome]);
  });
});

describe("assignTags: what people decide", () => {
  const record = { by: "ada", why: "1.3 loses data" };
  const now = parseInstant("2026-03-01T00:00:00Z");
  const soon = parseInstant("2026-03-02T00:00:00Z");
  const back = { version: "1.2.9", known: complete("1.3.0", "latest") };
  const force: TagIntervention = { kind: "force", tags: ["latest"], to: "1.2.9", ...record };
  const hold: TagIntervention = { kind: "hold", tags: ["latest"], ...record };

  it.each<[string, readonly TagIntervention[], Partial<TagContext>, string]>([
    ["nothing", [], {}, "withheld latest not-highest"],
    ["a forced move back", [force], {}, "emitted latest tag-forced"],
    ["one to another version", [{ ...force, to: "1.2.8" }], {}, "withheld latest not-highest"],
    ["one of another tag", [{ ...force, tags: ["1.2"] }], {}, "withheld latest not-highest"],
    ["one that has ended", [{ ...force, until: now }], { now }, "withheld latest not-highest"],
    ["one that may have ended", [{ ...force, until: soon }], {}, "withheld latest not-highest"],
    ["one that has not ended", [{ ...force, until: soon }], { now }, "emitted latest tag-forced"],
    ["one without a listing", [force], { known: unknown }, "emitted latest tag-forced"],
    ["one to a pre-release", [{ ...force, to: "2.0.0-rc.1" }], { version: "2.0.0-rc.1" }, "withheld latest prerelease"],
    ["a hold", [hold], { version: "1.4.0" }, "withheld latest tag-held"],
    ["a hold is stronger", [force, hold], {}, "withheld latest tag-held"],
    ["a hold that has ended", [{ ...hold, until: now }], { version: "1.4.0", now }, "emitted latest highest-in-line"],
    ["a hold that may have ended", [{ ...hold, until: now }], { version: "1.4.0" }, "withheld latest tag-held"],
    ["a freeze", [{ kind: "freeze", ...record }], { version: "1.4.0" }, "withheld latest tag-held"],
  ])("%s", (_, interventions, context, outcome) => {
    expect(outcomesOf(assignWith({ rules: [latest] }, { ...back, interventions, ...context }))).toEqual([outcome]);
  });

  it("records who and why", () => {
    const [decision] = assignWith({ rules: [latest] }, { ...back, interventions: [force] }).decisions;
    expect(decision?.reasons).toEqual([{ code: "tag-forced", tag: "latest", to: "1.2.9", ...record }]);
    const nobody = { ...hold, by: " " };
    expect(codeOf(() => assignWith({ rules: [latest] }, { ...back, interventions: [nobody] }))).toBe("INVALID_INPUT");
  });

  it("freezes only what moves, and forces nothing immutable", () => {
    const shown = { "1.2.9": { state: "present", digest: other } } as const;
    const freeze: TagIntervention = { kind: "freeze", ...record };
    expect(namesOf(assignWith({ rules: [exact] }, { ...back, interventions: [freeze] }))).toEqual(["1.2.9"]);
    const forced = { ...force, tags: ["1.2.9"] };
    const context = { ...back, shown, target: ours, interventions: [forced] };
    expect(namesOf(assignWith({ rules: [exact] }, context))).toEqual([]);
    const held = { ...hold, tags: ["1.2.9"] };
    expect(namesOf(assignWith({ rules: [exact] }, { ...back, interventions: [held] }))).toEqual([]);
  });
});

describe("assignTags: one owner for each tag", () => {
  const any: TagRule = { kind: "raw", value: "latest", order: "any" };

  it("gives a tag only if every rule that gives it allows it, in whatever order they stand", () => {
    const context = { version: "1.0.0", known: complete("2.0.0") };
    for (const rules of [
      [any, latest],
      [latest, any],
    ]) {
      expect(namesOf(assignWith({ rules }, context))).toEqual([]);
    }
    expect(outcomesOf(assignWith({ rules: [any, latest] }, { version: "3.0.0" }))).toEqual([
      "emitted latest unordered",
      "duplicate latest duplicate-tag",
    ]);
  });

  it("keeps a tag immutable if one rule says so", () => {
    const rules: readonly TagRule[] = [{ kind: "alias", template: "{version}" }, exact];
    const shown = { "1.0.0": { state: "present", digest: other } } as const;
    const { tags } = assignWith({ rules }, { version: "1.0.0" });
    expect(tags).toMatchObject([{ tag: "1.0.0", mutability: "immutable" }]);
    expect(namesOf(assignWith({ rules }, { version: "1.0.0", shown, target: ours }))).toEqual([]);
  });
});

describe("assignTags: names of Git refs", () => {
  const variants = [
    { name: "debian", suffix: "", default: true },
    { name: "alpine", suffix: "-alpine" },
  ];
  const rules: readonly TagRule[] = [
    branch,
    ...[exact, minor, latest],
    { kind: "sha" },
    { kind: "schedule" },
    { kind: "raw", value: "stable", order: "any", when: { events: ["never"] } },
  ];

  it.each([
    ...["latest", "LATEST", "1", "1.2", "v1.2", "1.2.3", "v1.2.3", "1.2.3-rc.1", "2026.01.05", "1.2.3.4"],
    ...["latest-alpine", "1.2-alpine", "sha-abcdef0", "nightly", "stable", "private"],
    ...[`bp-${"0".repeat(32)}`, `sha256-${"a".repeat(64)}`, `sha256-${"a".repeat(64)}.sig`],
  ])("a branch called %s gets no tag", (name) => {
    const event = pushOf(`refs/heads/${name}`);
    const [decision] = assignWith({ rules, variants, reserved: ["private"] }, { event }).decisions;
    expect(decision).toMatchObject({ outcome: "withheld", reasons: [{ code: "reserved-name", original: name }] });
  });

  it.each(["main", "v", "latest-fix", "release-1.2", "1.2-fix", "sha", "nightly2", "abcdef0"])(
    "a branch called %s does",
    (name) => {
      const event = pushOf(`refs/heads/${name}`);
      expect(namesOf(assignWith({ rules, variants }, { event }))).toContain(name);
    },
  );

  it("does not take every name for a version where the scheme reads any", () => {
    const given = (scheme: string, name: string) =>
      namesOf(
        assignWith({ rules: [branch], scheme: createVersionScheme(scheme) }, { event: pushOf(`refs/heads/${name}`) }),
      );
    expect([given("exact", "main"), given("docker", "release-1.2")]).toEqual([["main"], ["release-1.2"]]);
    expect([given("exact", "1.2.3"), given("docker", "1.2.3-alpine")]).toEqual([[], []]);
  });

  it("is about the tag that comes out", () => {
    const slash = assignWith({ rules }, { event: pushOf("refs/heads/1.2/3") });
    expect(slash.decisions[0]?.outcome).toBe("emitted");
    const odd = assignWith({ rules }, { event: pushOf("refs/heads/-/latest") });
    expect(odd.decisions[0]).toMatchObject({ outcome: "withheld", tag: "latest" });
    const prefixed: TagRule = { kind: "branch", prefix: "br-" };
    expect(namesOf(assignWith({ rules: [prefixed] }, { event: pushOf("refs/heads/latest") }))).toEqual(["br-latest"]);
  });

  it("lets a Git tag be a version, but no line of versions", () => {
    const tag: TagRule = { kind: "tag" };
    const given = (name: string) =>
      namesOf(assignWith({ rules: [tag, minor] }, { event: pushOf(`refs/tags/${name}`) }));
    expect(given("v1.2.3")).toEqual(["v1.2.3", "1.2"]);
    expect([given("1.2"), given("latest"), given("2")]).toEqual([[], [], []]);
  });

  it("covers templates and patterns that show a branch", () => {
    const template: TagRule = { kind: "template", template: "{head-ref}", order: "any" };
    const event = { name: "pull_request", ref: "refs/pull/1/merge", headRef: "latest" };
    expect(namesOf(assignWith({ rules: [template] }, { event }))).toEqual([]);
    const match: TagRule = { kind: "match", pattern: "release/(.*)", on: "branch", order: "any" };
    const pushed = pushOf("refs/heads/release/1.2");
    expect(namesOf(assignWith({ rules: [match] }, { event: pushed }))).toEqual([]);
    const wanted: TagRule = { kind: "match", pattern: "release/(.*)", on: "tag", order: "any" };
    expect(namesOf(assignWith({ rules: [wanted] }, { event: pushOf("refs/tags/release/1.2") }))).toEqual(["1.2"]);
  });

  it("cuts what is too long, keeps prefix and suffix, and tells the original", () => {
    const long = `feature/${"x".repeat(200)}`;
    const rule: TagRule = { kind: "branch", prefix: "b-", suffix: "-s" };
    const event = pushOf(`refs/heads/${long}`);
    const [first] = assignWith({ rules: [rule], variants }, { event, variant: "alpine" }).tags;
    expect(first?.tag).toHaveLength(128);
    expect(first?.tag).toMatch(/^b-feature-x+-[0-9a-f]{12}-s-alpine$/);
    expect(first?.original).toBe(long);
    const [second] = assignWith(
      { rules: [rule], variants },
      { event: pushOf(`refs/heads/${long}y`), variant: "alpine" },
    ).tags;
    expect(second?.tag).not.toBe(first?.tag);
  });

  it("refuses literal text that no tag can have, whatever the ref", () => {
    const rule: TagRule = { kind: "template", template: "a/{branch}", order: "any" };
    expect(codeOf(() => assignWith({ rules: [rule] }, { event: pushOf("refs/heads/main") }))).toBe("INVALID_TAG");
  });

  it("holds everything named after a Git tag that is another commit", () => {
    const event = pushOf("refs/tags/v1.2.3", { refCommit: shaOf("b") });
    const all: readonly TagRule[] = [{ kind: "sha" }, { kind: "tag" }, exact, minor];
    expect(outcomesOf(assignWith({ rules: all }, { event }))).toEqual([
      "emitted sha-aaaaaaa from-event",
      "withheld v1.2.3 commit-mismatch",
      "duplicate v1.2.3 duplicate-tag",
      "withheld 1.2 commit-mismatch",
    ]);
    expect(namesOf(assignWith({ rules: all }, { event: { ...event, refCommit: shaOf("A") } }))).toHaveLength(3);
  });
});
