import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { codeOf } from "../testing/code-of.ts";
import { parseDuration } from "./duration.ts";
import { parseRetentionPolicy } from "./parse-retention-policy.ts";

function problemPaths(policy: unknown): readonly string[] {
  try {
    parseRetentionPolicy(policy);
  } catch (error) {
    if (isBayplanError(error) && error.code === "INVALID_DEFINITION") return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe("parseRetentionPolicy", () => {
  it("gives a good policy back as it is", () => {
    const policy = {
      scheme: { name: "semver", ranges: "npm" },
      protect: ["latest", { pattern: "v\\d+" }, { versions: "stable", line: "1.11", range: ">=1.11.2" }],
      rules: [
        { kind: "keep-last", match: [{ branches: ["main"] }], count: 3, per: ["line", "variant"], by: "version" },
        {
          kind: "expire",
          name: "old",
          match: { pattern: "(.*)-\\d+" },
          keepLast: 3,
          olderThan: "1d12h",
          per: { group: 1 },
        },
      ],
      pins: ["latest", `sha256:${"a".repeat(64)}`, { tag: "x", by: "compose.yaml" }],
      guards: { delay: "1h", maxDeletions: { percent: 50 } },
      event: { type: "delete", refType: "branch", ref: "a/b" },
    };
    expect(parseRetentionPolicy(policy)).toEqual(policy);
  });

  it("tells all problems at once", () => {
    const policy = {
      protect: ["v.*", { pattern: "(?=a)" }, { versions: "stable", line: "1.x" }, { tags: "x" }],
      rules: [
        { kind: "expire", match: "pr-1", olderThan: "2 months", keepLast: -1 },
        { kind: "keep-last", match: { any: true } },
        { kind: "sweep" },
        { kind: "keep-newer", than: "1d", matches: "x" },
      ],
      guards: { maxDeletions: { percent: 101 } },
      pins: ["no digest:"],
      branchTags: ["main"],
      keep: 3,
    };
    expect([...problemPaths(policy)].sort()).toEqual(
      [
        ...["protect[0]", "protect[1].pattern", "protect[2].line", "protect[3].tags"],
        ...["rules[0].olderThan", "rules[0].keepLast", "rules[1].count", "rules[2].kind", "rules[3].matches"],
        ...["guards.maxDeletions.percent", "pins[0]", "branchTags[0]", "keep"],
      ].sort(),
    );
  });

  it("tells all contradictions at once", () => {
    const policy = {
      protect: [{ versions: "stable", range: "one or two" }],
      rules: [
        { kind: "expire", name: "x", match: { any: true }, when: "either", keepLast: 1 },
        { kind: "expire", name: "x", match: [{ pattern: "(a)b" }, "tag"], keepLast: 1, per: { group: 2 } },
        { kind: "expire-untagged" },
        { kind: "expire-untagged" },
        { kind: "keep-pulled", within: "1d", except: "x" },
      ],
      scheme: "semver",
    };
    expect([...problemPaths(policy)].sort()).toEqual(
      [
        ...["protect[0].range", "rules[0].when", "rules[1].name", "rules[1].per", "rules[1].match[1]"],
        ...["rules[3].kind", "rules[4].except"],
      ].sort(),
    );
  });

  it.each([
    [null],
    ["keep all"],
    [[]],
    [{ scheme: "roman" }],
    [{ rules: [{ kind: "custom", name: "x", judge: "no" }] }],
  ])("refuses %j", (policy) => {
    expect(codeOf(() => parseRetentionPolicy(policy))).toBe("INVALID_DEFINITION");
  });

  it("says what was found, short, and nothing of what lies inside", () => {
    try {
      parseRetentionPolicy({ protect: ["x".repeat(200)], liveBranches: { token: "s3cret" } });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain("s3cret");
      expect(String(error)).not.toContain("x".repeat(100));
    }
  });
});

describe("parseDuration", () => {
  it.each([
    ["90s", 90],
    ["36h", 129_600],
    ["1d12h", 129_600],
    ["2w", 1_209_600],
    ["1y", 31_536_000],
    ["0d", 0],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds * 1000);
  });

  it.each(["", "d", "7", "-1d", "1.5d", "1 d", "1M", "1d ", "9".repeat(30)])("refuses %j", (text) => {
    expect(codeOf(() => parseDuration(text))).toBe("INVALID_INPUT");
  });
});
