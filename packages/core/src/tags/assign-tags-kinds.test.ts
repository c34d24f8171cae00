import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import { codeOf } from "../testing/code-of.ts";
import { assignWith, namesOf, outcomesOf, pushOf, shaOf } from "../testing/tag-context.ts";
import type { TagEvent } from "./tag-event.ts";
import type { TagRule } from "./tag-rule.ts";

const main = pushOf("refs/heads/main");
const at = parseInstant("2026-02-03T04:05:06Z");
const pull: TagEvent = {
  name: "pull_request",
  ref: "refs/pull/7/merge",
  sha: shaOf("b"),
  headRef: "fix/it",
  baseRef: "main",
};

describe("assignTags: kinds of rules", () => {
  it.each<[string, TagRule, TagEvent, string]>([
    ["a short commit", { kind: "sha" }, main, "emitted sha-aaaaaaa from-event"],
    ["as many digits as wanted", { kind: "sha", length: 12, prefix: "" }, main, "emitted aaaaaaaaaaaa from-event"],
    ["a whole commit", { kind: "sha", format: "long" }, main, `emitted sha-${shaOf("a")} from-event`],
    ["a commit in upper case", { kind: "sha" }, { ...main, sha: shaOf("B") }, "emitted sha-bbbbbbb from-event"],
    ["no commit", { kind: "sha" }, { name: "push" }, "skipped - value-missing"],
    ["a branch", { kind: "branch" }, pushOf("refs/heads/feature/a b&c"), "emitted feature-a-b-c first-of-branch"],
    ["a Git tag is no branch", { kind: "branch" }, pushOf("refs/tags/v1.0.0"), "skipped - value-missing"],
    ["a Git tag", { kind: "tag" }, pushOf("refs/tags/v1.0.0"), "emitted v1.0.0 from-event"],
    ["build metadata", { kind: "tag" }, pushOf("refs/tags/v1.0.0+b5"), "emitted v1.0.0_b5 from-event"],
    ["a short ref is not guessed", { kind: "tag" }, pushOf("v1.0.0"), "skipped - value-missing"],
    ["a pull request", { kind: "pr" }, pull, "emitted pr-7 unordered"],
    ["its number from the event", { kind: "pr" }, { name: "pull_request", pr: 8 }, "emitted pr-8 unordered"],
    ["the head of a pull request", { kind: "pr" }, pushOf("refs/pull/9/head"), "emitted pr-9 unordered"],
    ["no pull request", { kind: "pr" }, main, "skipped - value-missing"],
    ["the default branch", { kind: "edge" }, main, "emitted edge first-of-branch"],
    ["another branch as the edge", { kind: "edge", branch: "next" }, main, "skipped - condition-not-met"],
    [
      "an unknown default branch",
      { kind: "edge" },
      { name: "push", ref: "refs/heads/main" },
      "skipped - value-missing",
    ],
    ["a schedule", { kind: "schedule" }, { ...main, name: "schedule" }, "emitted nightly first-of-branch"],
    ["a name like a schedule", { kind: "schedule" }, { ...main, name: "my_schedule_x" }, "skipped - condition-not-met"],
    [
      "a schedule with a date",
      { kind: "schedule", template: "nightly-{date:YYYY-MM-DD}" },
      { ...main, name: "schedule", at },
      "emitted nightly-2026-02-03 first-of-branch",
    ],
    ["a literal text", { kind: "raw", value: "canary", order: "any" }, main, "emitted canary unordered"],
    [
      "braces mean nothing in it",
      { kind: "raw", value: "a{sha}", mutability: "immutable" },
      main,
      "invalid - illegal-tag",
    ],
    [
      "any names",
      { kind: "template", template: "{branch}-{run}-{commit-date}-{sha:5}", mutability: "immutable" },
      { ...main, run: 12, committedAt: at },
      "emitted main-12-20260203-aaaaa from-event",
    ],
    [
      "the branches of a pull request",
      { kind: "template", template: "{head-ref}.to.{base-ref}", order: "any" },
      pull,
      "emitted fix-it.to.main unordered",
    ],
    [
      "a name that is not known here",
      { kind: "template", template: "{branch}", order: "any" },
      pull,
      "skipped - value-missing",
    ],
    [
      "a group of a pattern",
      { kind: "match", pattern: "^app/v(\\d+\\.\\d+)", order: "any" },
      pushOf("refs/tags/app/v2.4.1"),
      "emitted 2.4 unordered",
    ],
    [
      "a pattern without a group",
      { kind: "match", pattern: "\\d{1,3}", order: "any" },
      pushOf("refs/tags/build-123456"),
      "emitted 123 unordered",
    ],
    [
      "a group by name",
      { kind: "match", pattern: "v(?P<all>(?P<major>\\d+).*)", group: "major", order: "any" },
      pushOf("refs/tags/v2.4.1"),
      "emitted 2 unordered",
    ],
    [
      "another package's tag",
      { kind: "match", pattern: "^app/v(.*)$", order: "any" },
      pushOf("refs/tags/other/v2.4.1"),
      "skipped - no-match",
    ],
    [
      "an empty group",
      { kind: "match", pattern: "^v(x?)", order: "any" },
      pushOf("refs/tags/v2"),
      "skipped - no-match",
    ],
  ])("%s", (_, rule, event, outcome) => {
    expect(outcomesOf(assignWith({ rules: [rule], onInvalid: "report" }, { event }))).toEqual([outcome]);
  });

  it.each<[string, TagRule]>([
    ["no digits of a commit", { kind: "sha", length: 0 }],
    ["half a digit", { kind: "sha", length: 7.5 }],
    ["a group that is not there", { kind: "match", pattern: "^refs", on: "ref", group: 3, order: "any" }],
    ["a group name that is not there", { kind: "match", pattern: "main", on: "ref", group: "x", order: "any" }],
    ["a pattern that is none", { kind: "match", pattern: "(", on: "ref", order: "any" }],
  ])("refuses %s", (_, rule) => {
    const event = pushOf("refs/heads/refs");
    const given = rule.kind === "match" && rule.group === "x" ? main : event;
    expect(codeOf(() => assignWith({ rules: [rule] }, { event: given }))).toBe("INVALID_INPUT");
  });

  it("keeps literal text on pre-releases, and gives them no line of versions", () => {
    const rules: readonly TagRule[] = [
      { kind: "pattern", template: "v{version}" },
      { kind: "pattern", template: "{major}.{minor}" },
      { kind: "exact", template: "{release}" },
      { kind: "alias", template: "{channel}" },
      { kind: "alias", template: "next", versions: "any" },
      { kind: "alias", template: "latest" },
    ];
    expect(outcomesOf(assignWith({ rules }, { event: pushOf("refs/tags/v2.0.8-beta.67") }))).toEqual([
      "emitted vv2.0.8-beta.67 exact-version",
      "withheld 2.0 prerelease",
      "withheld 2.0.8 prerelease",
      "emitted beta highest-in-line",
      "emitted next highest-in-line",
      "withheld latest prerelease",
    ]);
    const release = assignWith({ rules }, { version: "2.0.8" });
    expect(namesOf(release)).toEqual(["v2.0.8", "2.0", "2.0.8", "next", "latest"]);
  });

  it("follows only a range, or the versions of a line", () => {
    const rules: readonly TagRule[] = [
      { kind: "alias", template: "lts", range: "22.x" },
      { kind: "alias", template: "old", line: "{major}" },
    ];
    const known = { state: "complete", tags: ["24.1.0", "22.1.0", "20.9.0"] } as const;
    expect(outcomesOf(assignWith({ rules }, { version: "22.2.0", known }))).toEqual([
      "emitted lts highest-in-line",
      "emitted old highest-in-line",
    ]);
    expect(outcomesOf(assignWith({ rules }, { version: "24.2.0", known }))[0]).toBe("withheld lts outside-range");
    expect(outcomesOf(assignWith({ rules }, { version: "20.8.0", known }))[1]).toBe("withheld old not-highest");
  });

  it("has no HTML in it", () => {
    const rules: readonly TagRule[] = [{ kind: "template", template: "x-{branch}", order: "any" }];
    expect(namesOf(assignWith({ rules }, { event: pushOf("refs/heads/a&b") }))).toEqual(["x-a-b"]);
  });

  it("takes a function for a rule and judges what it says", () => {
    const byHand = () => ({ tag: "stable", mutability: "moving", order: "version", why: "asked" }) as const;
    const nothing = () => ({ skip: "not today" });
    const known = { state: "complete", tags: ["2.0.0"] } as const;
    const wrong = () => ({ tag: "-x", mutability: "immutable", why: "asked" }) as const;
    expect(outcomesOf(assignWith({ rules: [byHand, nothing] }, { version: "1.0.0", known }))).toEqual([
      "withheld stable not-highest",
      "skipped - custom",
    ]);
    expect(namesOf(assignWith({ rules: [byHand] }, { version: "2.0.1", known }))).toEqual(["stable"]);
    expect(codeOf(() => assignWith({ rules: [wrong] }, {}))).toBe("INVALID_TAG");
  });
});

describe("assignTags: when rules apply", () => {
  const rule = (when: NonNullable<TagRule["when"]>): TagRule => ({ kind: "raw", value: "x", order: "any", when });

  it.each<[string, NonNullable<TagRule["when"]>, TagEvent | undefined, boolean]>([
    ["the event", { events: ["push", "schedule"] }, main, true],
    ["another event", { events: ["schedule"] }, main, false],
    ["no event", { events: ["push"] }, undefined, false],
    ["a branch", { refKind: "branch", branches: ["release/*", "main"] }, main, true],
    ["a branch below", { branches: ["release/*"] }, pushOf("refs/heads/release/1/x"), false],
    ["a branch taken out", { branches: ["**", "!main"] }, main, false],
    ["a Git tag", { tags: ["v*"] }, pushOf("refs/tags/v1"), true],
    ["a branch called like it", { tags: ["v*"] }, pushOf("refs/heads/v1"), false],
    ["the default branch", { defaultBranch: true }, main, true],
    ["not the default branch", { defaultBranch: false }, main, false],
    ["an unknown default branch", { defaultBranch: false }, { name: "push", ref: "refs/heads/main" }, false],
    ["an unknown fork", { fork: false }, main, false],
    ["no fork", { fork: false }, { ...main, isFork: false }, true],
    ["an input", { inputs: { release: "true" } }, { ...main, inputs: { release: true } }, true],
    ["another input", { inputs: { release: "true" } }, { ...main, inputs: { constructor: "x" } }, false],
    ["a final version", { prerelease: false }, pushOf("refs/tags/1.0.0"), true],
    ["no version", { prerelease: false }, main, false],
    ["one of several", [{ events: ["schedule"] }, { branches: ["main"] }], main, true],
    ["none of several", [{ events: ["schedule"] }, { branches: ["next"] }], main, false],
  ])("%s", (_, when, event, applies) => {
    const { decisions } = assignWith({ rules: [rule(when)] }, event === undefined ? {} : { event });
    expect(decisions[0]?.outcome).toBe(applies ? "emitted" : "skipped");
  });

  it("is for some images and some variants only", () => {
    const rules: readonly TagRule[] = [
      { kind: "raw", value: "a", order: "any", images: ["web"] },
      { kind: "raw", value: "b", order: "any", variants: ["alpine"] },
    ];
    const variants = [
      { name: "debian", suffix: "", default: true },
      { name: "alpine", suffix: "-alpine" },
    ];
    expect(namesOf(assignWith({ rules, variants }, { image: "web" }))).toEqual(["a"]);
    expect(namesOf(assignWith({ rules, variants }, { image: "api", variant: "alpine" }))).toEqual(["b-alpine"]);
    expect(namesOf(assignWith({ rules, variants }, {}))).toEqual([]);
  });

  it("obeys a trigger table: named rules, and whether latest may move", () => {
    const rules: readonly TagRule[] = [
      { kind: "raw", value: "one", order: "any", name: "first" },
      { kind: "raw", value: "two", order: "any", name: "second" },
      { kind: "alias", template: "latest" },
    ];
    const version = "1.0.0";
    expect(namesOf(assignWith({ rules }, { version, trigger: { tags: ["second"] } }))).toEqual(["two", "latest"]);
    expect(namesOf(assignWith({ rules }, { version, trigger: { latest: false } }))).toEqual(["one", "two"]);
  });
});
