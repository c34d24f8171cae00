import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { pathsOf, withMembers } from "../testing/definitions.ts";
import { assignWith, namesOf, pushOf } from "../testing/tag-context.ts";
import { parseDefinition } from "./parse-definition.ts";
import { parseTagRules } from "./parse-tag-rules.ts";
import type { TagConfig } from "./tag-config.ts";

describe("parseTagRules", () => {
  it.each<[TagConfig, object]>([
    ["{version}", { kind: "exact", template: "{version}" }],
    [
      { exact: "v{version}", suffix: "-x" },
      { kind: "exact", template: "v{version}", suffix: "-x" },
    ],
    [
      { alias: "latest", when: { prerelease: false } },
      { kind: "alias", template: "latest", when: { prerelease: false } },
    ],
    [
      { alias: "lts", range: "22.x" },
      { kind: "alias", template: "lts", range: "22.x" },
    ],
    [{ pattern: "{major}" }, { kind: "pattern", template: "{major}" }],
    [
      { raw: "edge", order: "any" },
      { kind: "raw", value: "edge", order: "any" },
    ],
    [
      { template: "{branch}", mutability: "immutable" },
      { kind: "template", template: "{branch}", mutability: "immutable" },
    ],
    [
      { match: "v(.*)", group: 1, order: "any" },
      { kind: "match", pattern: "v(.*)", group: 1, order: "any" },
    ],
    [{ sha: "long" }, { kind: "sha", format: "long" }],
    [
      { sha: 12, prefix: "" },
      { kind: "sha", length: 12, prefix: "" },
    ],
    [
      { branch: true, unique: true },
      { kind: "branch", unique: true },
    ],
    [{ tag: true }, { kind: "tag" }],
    [{ pr: true }, { kind: "pr" }],
    [
      { edge: true, branch: "next" },
      { kind: "edge", branch: "next" },
    ],
    [{ edge: "main" }, { kind: "edge", template: "main" }],
    [{ schedule: true }, { kind: "schedule" }],
    [
      { schedule: "weekly", order: "any" },
      { kind: "schedule", template: "weekly", order: "any" },
    ],
    [{ kind: "tag" }, { kind: "tag" }],
  ])("expands %j", (config, rule) => {
    expect(parseTagRules([config])).toEqual([rule]);
    expect(parseTagRules([rule])).toEqual([rule]);
  });

  it.each<[string, unknown]>([
    ["an unknown key", { alias: "latest", typo: 1 }],
    ["an unknown key of a condition", { alias: "latest", when: { event: "push" } }],
    ["two kinds at once", { exact: "{version}", alias: "latest" }],
    ["a moving text without an order", { raw: "latest" }],
    ["an order for what never moves", { raw: "x", mutability: "immutable", order: "any" }],
    ["an order no rule has", { branch: true, order: "version" }],
    ["too few digits of a commit", { sha: 3 }],
    ["an unknown name in braces", { template: "{branhc}", order: "any" }],
    ["a name of a prefix", { alias: "x", prefix: "{x}" }],
    ["a name in a line", { alias: "x", line: "{x}" }],
    ["a format of what has none", { alias: "{major:2}" }],
    ["digits of a commit in braces", { template: "{sha:0}", order: "any" }],
    ["an illegal text", { raw: "a/b", order: "any" }],
    ["braces in a literal text", { raw: "{sha}", order: "any" }],
    ["an illegal prefix", { branch: true, prefix: "-" }],
    ["an exact tag that names no release", "latest"],
    ["a pattern that is none", { match: "(", order: "any" }],
    ["no rule", {}],
    ["nothing", null],
  ])("refuses %s", (_, config) => {
    expect(codeOf(() => parseTagRules([config]))).toBe("INVALID_DEFINITION");
  });

  it("refuses what is no list, or an empty one", () => {
    expect([{}, "latest", [], undefined].map((data) => codeOf(() => parseTagRules(data)))).toEqual(
      Array.from({ length: 4 }, () => "INVALID_DEFINITION"),
    );
  });

  it("gives rules that assignTags takes", () => {
    const rules = parseTagRules(["{version}", { sha: "short" }, { alias: "latest" }]);
    expect(namesOf(assignWith({ rules }, { event: pushOf("refs/tags/1.2.3") }))).toEqual([
      ...["1.2.3", "sha-aaaaaaa", "latest"],
    ]);
  });
});

describe("parseDefinition: tag rules", () => {
  const tags = (...rules: readonly unknown[]) => withMembers({ tags: ["{version}", ...rules] });

  it("takes the rules that are about versions", () => {
    const { images } = parseDefinition(
      tags(
        ...[{ pattern: "{major}.{minor}" }, { alias: "lts", range: "22.x" }, { alias: "{channel}" }],
        ...[
          { raw: "stable", order: "version" },
          { template: "{image}-{release}", mutability: "immutable" },
        ],
        { match: "^(\\d+)", on: "version", order: "version" },
      ),
    );
    expect(images[0]?.tags.map(({ kind }) => kind)).toEqual([
      ...["exact", "pattern", "alias", "alias", "raw", "template", "match"],
    ]);
  });

  it.each<[string, unknown]>([
    ["a branch", { branch: true }],
    ["a commit", { sha: "short" }],
    ["a pull request", { pr: true }],
    ["a schedule", { schedule: true }],
    ["a pattern over a Git tag", { match: "v(.*)", order: "any" }],
    ["a name of an event", { template: "{run}", order: "any" }],
    ["a condition on the event", { alias: "latest", when: { events: ["push"] } }],
    ["an order that nothing is asked for", { raw: "x", order: "ancestry" }],
    ["variants", { alias: "latest", variants: ["x"] }],
  ])("refuses what needs a Git event: %s", (_, rule) => {
    expect(pathsOf(tags(rule))).toEqual(["tags[1]"]);
  });

  it("wants an exact tag that is always there", () => {
    const exact = (more: object) => withMembers({ tags: [{ exact: "{version}", ...more }] });
    expect(pathsOf(exact({ when: { prerelease: false } }))).toEqual(["tags"]);
    expect(pathsOf(exact({ images: ["a"] }))).toEqual(["tags"]);
    expect(pathsOf(withMembers({ tags: [{ pattern: "{version}" }] }))).toEqual([]);
  });

  it("names both sides of a tag that two versions would write", () => {
    const version = ["", "t"].map((variant) => ({
      source: "python.org",
      scheme: "cpython-tag",
      line: "3.14",
      variant,
    }));
    const minor = { alias: "{major}.{minor}t" };
    expect(pathsOf(withMembers({ version, tags: ["{version}", minor] }))).toEqual(["tags"]);
    const own = { a: { workflow: "a.yml", tags: ["{version}", minor] } };
    expect(pathsOf(withMembers({ images: own, version }))).toEqual(["images.a.tags"]);
    expect(pathsOf(withMembers({ version, tags: ["{version}", { alias: "{major}.{minor}{variant}" }] }))).toEqual([]);
  });
});
