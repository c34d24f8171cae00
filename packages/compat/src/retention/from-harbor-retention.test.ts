import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { attachedTag, labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromHarborRetention } from "./from-harbor-retention.ts";

type Images = Readonly<Record<string, TestImage>>;

function rule(template: string, number?: unknown, more: Readonly<Record<string, unknown>> = {}) {
  const { tags = "**", decoration = "matches", extras, scope = "**", selectors = [], ...rest } = more;
  return {
    action: "retain",
    template,
    params: number === undefined ? {} : { [template]: number },
    tag_selectors: [
      { kind: "doublestar", decoration, pattern: tags, ...(extras !== undefined && { extras }) },
      ...(selectors as readonly unknown[]),
    ],
    scope_selectors: { repository: [{ kind: "doublestar", decoration: "repoMatches", pattern: scope }] },
    ...rest,
  };
}

function imported(rules: readonly unknown[], immutable?: unknown) {
  return fromHarborRetention(
    { algorithm: "or", rules },
    { repository: "web/app", ...(immutable !== undefined && { immutable }) },
  );
}

function run(rules: readonly unknown[], images: Images, immutable?: unknown) {
  return labels(imported(rules, immutable).simulate(repository(images), now).deleted, images);
}

function ours(rules: readonly unknown[], images: Images, immutable?: unknown) {
  const evaluation = evaluateRetention(repository(images), imported(rules, immutable).policy, now);
  expect(evaluation.untag).toEqual([]);
  return labels(
    evaluation.delete.map((image) => image.digest),
    images,
  );
}

const images: Images = {
  a: { tags: ["v1"], age: 40, pulled: 2 },
  b: { tags: ["v2", "stable"], age: 30, harborLabels: ["keep", "gold"] },
  c: { tags: ["dev-1"], age: 20, pulled: 20 },
  d: { tags: ["dev-2"], age: 10, harborLabels: ["keep"] },
  loose: { age: 15 },
};
const all = ["a", "b", "c", "d", "loose"];
const no = '{"untagged":false}';

describe("fromHarborRetention: what a rule retains", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["the newest pushes", rule("latestPushedK", 2), ["a", "b", "c"]],
    ["the newest pulls", rule("latestPulledN", 1), ["b", "c", "d", "loose"]],
    ["the newest of both", rule("latestActiveK", 2), ["b", "c", "loose"]],
    ["pushed since, exactly so old included", rule("nDaysSinceLastPush", 20), ["a", "b"]],
    ["pulled since", rule("nDaysSinceLastPull", 20), ["b", "d", "loose"]],
    ["younger than", rule("lastXDays", 20), ["a", "b", "c"]],
    ["always", rule("always"), []],
    ["nothing", rule("nothing"), all],
    ["ten by default", rule("latestPushedK"), []],
    ["ten instead of a negative number", rule("latestPushedK", -1), []],
    ["thirty days instead of a text", rule("nDaysSinceLastPush", "5"), ["a"]],
    ["thirty days by default", rule("nDaysSinceLastPush"), ["a"]],
    ["tags that fit, untagged images by default", rule("always", undefined, { tags: "v*" }), ["c", "d"]],
    ["tags that fit, no untagged images", rule("always", undefined, { tags: "v*", extras: no }), ["c", "d", "loose"]],
    ["tags that do not fit", rule("always", undefined, { tags: "v*", decoration: "excludes" }), ["a"]],
    ["one of several", rule("always", undefined, { tags: "{v1,dev-[2-9]}", extras: no }), ["b", "c", "loose"]],
    [
      "labels",
      rule("always", undefined, { selectors: [{ kind: "label", decoration: "withLabels", pattern: "keep" }] }),
      ["a", "c", "loose"],
    ],
    [
      "both labels",
      rule("always", undefined, { selectors: [{ kind: "label", decoration: "withLabels", pattern: "keep,gold" }] }),
      ["a", "c", "d", "loose"],
    ],
    [
      "no labels",
      rule("always", undefined, { selectors: [{ kind: "label", decoration: "withoutLabels", pattern: "keep" }] }),
      ["b", "d"],
    ],
  ])("%s", (_, only, deleted) => {
    expect(run([only], images)).toEqual(deleted);
  });

  it("keeps what any rule retains, and deletes nothing without a rule for the repository", () => {
    expect(run([rule("latestPushedK", 1), rule("always", undefined, { tags: "v1", extras: no })], images)).toEqual([
      "b",
      "c",
      "loose",
    ]);
    expect(run([], images)).toEqual([]);
    expect(run([rule("nothing", undefined, { disabled: true })], images)).toEqual([]);
    expect(run([rule("nothing", undefined, { scope: "other" })], images)).toEqual([]);
    expect(run([rule("nothing", undefined, { scope: "web/*" })], images)).toEqual(all);
    expect(ours([rule("nothing", undefined, { scope: "other" })], images)).toEqual([]);
  });

  it("never empties a repository by its policy", () => {
    const nothing = [rule("always", undefined, { tags: "typo", extras: no })];
    expect(run(nothing, images)).toEqual(all);
    expect(ours(nothing, images)).toEqual([]);
  });

  it("spares what is immutable, here", () => {
    const immutable = (pattern: string, more = {}) => [
      { tag_selectors: [{ kind: "doublestar", decoration: "matches", pattern }], ...more },
    ];
    expect(run([rule("nothing")], images, immutable("stable"))).toEqual(["a", "c", "d", "loose"]);
    expect(ours([rule("nothing")], images, immutable("stable"))).toEqual(["a", "c", "d", "loose"]);
    expect(run([rule("nothing")], images, immutable("stable", { disabled: true }))).toEqual(all);
  });

  it("warns when no rule keeps anything, and of dates that are not known", () => {
    const codes = (only: unknown, more: Images) =>
      imported([only])
        .simulate(repository(more), now)
        .warnings.map(({ code }) => code);
    expect(codes(rule("always", undefined, { tags: "x", extras: no }), images)).toEqual(["unmatched-deleted"]);
    expect(codes(rule("nDaysSinceLastPush", 3), { new: { age: 1 }, unknown: { age: null } })).toEqual([
      "unknown-date-deletes",
    ]);
    expect(imported([rule("latestPushedK")]).warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["unmatched-deleted", "no-effect"]),
    );
  });
});

describe("fromHarborRetention: the graph", () => {
  const graph: Images = {
    list: { tags: ["v1"], children: ["amd", "tagged"] },
    amd: {},
    tagged: { tags: ["v1-amd"] },
    sig: { tags: [attachedTag("list")] },
    sbom: { subject: "list" },
    loose: { children: ["shared"] },
    shared: {},
    keep: { tags: ["keep"], children: ["shared"] },
  };

  it("looks at no parts and accessories; they go with what they belong to, if nothing else needs them", () => {
    const keeps = (tags: string) => [rule("always", undefined, { tags, extras: no })];
    expect(run(keeps("{v1,keep}"), graph)).toEqual(["loose"]);
    expect(run(keeps("keep"), graph)).toEqual(["amd", "list", "loose", "sbom", "sig", "tagged"]);
    expect(run(keeps("v1*"), graph)).toEqual(["keep", "loose", "shared"]);
    expect(ours(keeps("{v1,keep}"), graph)).toEqual(["loose"]);
  });
});

describe("fromHarborRetention: the policy", () => {
  it.each<[string, readonly unknown[], readonly string[]]>([
    ["the newest, and every untagged image", [rule("latestPushedK", 1)], ["a", "b", "c"]],
    ["pushed since", [rule("nDaysSinceLastPush", 20)], ["a", "b"]],
    ["pulled since, and every untagged image", [rule("nDaysSinceLastPull", 5)], ["b", "c", "d"]],
    ["what is exactly so old stays", [rule("lastXDays", 20)], ["a", "b"]],
    [
      "labels are not read: what fits stays",
      [
        rule("always", undefined, {
          tags: "v*",
          extras: no,
          selectors: [{ kind: "label", decoration: "withLabels", pattern: "x" }],
        }),
      ],
      ["c", "d", "loose"],
    ],
    [
      "excluded tags",
      [rule("always", undefined, { tags: "v*", decoration: "excludes", extras: '{"untagged":true}' })],
      ["a", "loose"],
    ],
  ])("%s", (_, rules, deleted) => {
    expect(ours(rules, images)).toEqual(deleted);
  });
});

describe("fromHarborRetention: refusals", () => {
  const document = (more: object) => ({ algorithm: "or", rules: [{ ...rule("latestPushedK", 1), ...more }] });
  it.each<[unknown, string]>([
    [{ algorithm: "and", rules: [] }, "algorithm"],
    [document({ template: "latest" }), "rules[0].template"],
    [document({ params: { k: 1 } }), "rules[0].params.k"],
    [document({ tag_selectors: [] }), "rules[0].tag_selectors"],
    [
      document({ tag_selectors: [{ kind: "doublestar", decoration: "matches", pattern: "a{b" }] }),
      "rules[0].tag_selectors[0].pattern",
    ],
    [document({ tag_selectors: [{ kind: "signature", decoration: "x", pattern: "" }] }), "rules[0].tag_selectors[0]"],
    [
      document({ scope_selectors: { repository: [{ kind: "doublestar", decoration: "matches", pattern: "*" }] } }),
      "rules[0].scope_selectors.repository[0]",
    ],
    [document({ tagSelectors: [] }), "rules[0].tagSelectors"],
  ])("%j", (policy, path) => {
    const { code, problems } = refusal(() => fromHarborRetention(policy, { repository: "app" }));
    expect([code, problems.map((problem) => problem.path)]).toEqual(["INVALID_INPUT", [path]]);
  });
});
