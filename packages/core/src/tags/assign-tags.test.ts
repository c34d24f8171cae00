import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTag } from "../oci/tag.ts";
import { codeOf } from "../testing/code-of.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { assignTags, type TagAssignment } from "./assign-tags.ts";
import type { TagRule } from "./tag-rule.ts";

const cpython = createVersionScheme("cpython-tag");
const semver = createVersionScheme("semver");
const exact = (template: string): TagRule => ({ kind: "exact", template });
const alias = (template: string): TagRule => ({ kind: "alias", template });
/** What compute_tags.sh of cpython_sanity does, as rules. */
const cpythonRules = [exact("{version}"), alias("{major}.{minor}{variant}")];

function assign(
  rules: readonly TagRule[],
  version: string,
  published: readonly string[] | undefined,
  scheme = cpython,
) {
  const known =
    published === undefined
      ? ({ state: "unknown", error: "UNAVAILABLE" } as const)
      : ({ state: "complete", tags: published } as const);
  return assignTags({ rules, scheme }, { repository: "ghcr.io/o/a", version, known });
}

const tagsOf = (assignment: TagAssignment) => assignment.tags.map((assigned) => assigned.tag);
const heldOf = (assignment: TagAssignment) =>
  assignment.withheld.map((held) => `${held.tag ?? "-"} ${held.reasons[0].code}`);

describe("assignTags: the table of cpython_sanity", () => {
  it.each<[string, string, readonly string[] | undefined, readonly string[], readonly string[]]>([
    ["first release of its line", "3.14.3t", [], ["3.14.3t", "3.14t"], []],
    ["GIL build", "3.14.3", [], ["3.14.3", "3.14"], []],
    ["highest of its line", "3.14.3t", ["3.14.2t", "3.14t", "3.13.9t"], ["3.14.3t", "3.14t"], []],
    ["pre-release", "3.15.0b2", [], ["3.15.0b2"], ["3.15 prerelease"]],
    ["development build", "3.15t-dev", [], ["3.15t-dev"], ["3.15t version-not-understood"]],
    ["no version at all", "3.14.3tt", [], ["3.14.3tt"], ["- version-not-understood"]],
    ["backport", "3.14.3t", ["3.14.4t", "3.14t"], ["3.14.3t"], ["3.14t not-highest"]],
    ["numbers are numbers", "3.14.9t", ["3.14.10t"], ["3.14.9t"], ["3.14t not-highest"]],
    ["unknown listing", "3.14.3t", undefined, ["3.14.3t"], ["3.14t listing-incomplete"]],
    ["a higher GIL build is another line", "3.14.3t", ["3.14.5", "3.14"], ["3.14.3t", "3.14t"], []],
    ["a higher line is another line", "3.14.3t", ["3.15.1t"], ["3.14.3t", "3.14t"], []],
    ["a published pre-release does not compete", "3.14.3t", ["3.14.4rc1t"], ["3.14.3t", "3.14t"], []],
    ["staging tags and rubbish do not compete", "3.14.3t", ["bp-0123", "latest", "3.99"], ["3.14.3t", "3.14t"], []],
    ["rebuild of what is published", "3.14.3t", ["3.14.3t", "3.14t"], ["3.14.3t", "3.14t"], []],
  ])("%s: %s", (_, version, published, tags, withheld) => {
    const assignment = assign(cpythonRules, version, published);
    expect(tagsOf(assignment)).toEqual(tags);
    expect(heldOf(assignment)).toEqual(withheld);
  });

  it("lets no other variant of the scheme compete, whatever the alias is called", () => {
    const rules = [exact("{version}"), alias("free-threaded")];
    expect(tagsOf(assign(rules, "3.14.3t", ["3.14.5", "3.15.0"]))).toEqual(["3.14.3t", "free-threaded"]);
    expect(heldOf(assign(rules, "3.14.3t", ["3.14.5t"]))).toEqual(["free-threaded not-highest"]);
  });

  it("gives exact tags as immutable and aliases as moving, each with its reason", () => {
    const { tags } = assign(cpythonRules, "3.14.3t", ["3.14.2t"]);
    expect(tags).toMatchObject([
      { mutability: "immutable", rule: cpythonRules[0], reasons: [{ code: "exact-version", version: "3.14.3t" }] },
      { mutability: "moving", reasons: [{ code: "highest-in-line", tag: "3.14t", published: 1 }] },
    ]);
  });
});

describe("assignTags: rules", () => {
  it.each<[string, readonly TagRule[], string, readonly string[], readonly string[]]>([
    ["prefix is read back", [exact("v{version}"), alias("latest")], "1.2.3", ["v1.3.0", "latest"], ["v1.2.3"]],
    ["suffix is read back", [exact("{version}-slim"), alias("slim")], "1.2.3", ["1.3.0-slim"], ["1.2.3-slim"]],
    [
      "another suffix is another image",
      [exact("{version}-slim"), alias("slim")],
      "1.2.3",
      ["1.3.0"],
      ["1.2.3-slim", "slim"],
    ],
    ["prefix and suffix that overlap", [exact("a{version}a"), alias("b")], "1.2.3", ["a"], ["a1.2.3a", "b"]],
    [
      "other braces beside the version",
      [exact("{major}-{version}"), alias("latest")],
      "1.2.3",
      ["1-1.3.0"],
      ["1-1.2.3"],
    ],
    ["a variant that is empty", [exact("{version}-{variant}"), alias("latest")], "1.2.3", ["1.3.0-"], ["1.2.3-"]],
    ["the version twice", [exact("{version}_{version}"), alias("latest")], "1.2.3", ["1.3.0_1.3.0"], ["1.2.3_1.2.3"]],
    [
      "numbers instead of the version",
      [exact("{major}.{minor}.{patch}-x"), alias("latest")],
      "1.2.3",
      ["1.3.0-x"],
      ["1.2.3-x"],
    ],
    ["only aliases", [alias("latest")], "1.2.3", ["1.3.0", "latest"], []],
    [
      "one tag from two rules",
      [exact("{version}"), exact("{major}.{minor}.{patch}"), alias("{version}")],
      "1.2.3",
      [],
      ["1.2.3"],
    ],
    [
      "several aliases",
      [exact("{version}"), alias("{major}.{minor}"), alias("{major}"), alias("latest")],
      "1.2.3",
      ["1.3.0"],
      ["1.2.3", "1.2"],
    ],
    ["no rules", [], "1.2.3", [], []],
  ])("%s", (_, rules, version, published, tags) => {
    expect(tagsOf(assign(rules, version, published, semver))).toEqual(tags);
  });

  it("withholds what a version has no parts for", () => {
    const assignment = assign([exact("{major}-{patch}")], "3.15t-dev", []);
    expect(assignment.withheld).toMatchObject([{ reasons: [{ code: "version-not-understood" }] }]);
    expect(assignment.withheld[0]?.tag).toBeUndefined();
  });

  it("refuses an illegal tag, naming the rule", () => {
    expect(codeOf(() => assign([exact("{version}!")], "1.2.3", [], semver))).toBe("INVALID_TAG");
    expect(codeOf(() => assign([exact("{version}")], "feature/x", []))).toBe("INVALID_TAG");
    expect(codeOf(() => assign([exact("{variant}")], "3.14.3", []))).toBe("INVALID_TAG");
  });

  it("writes the plus of build metadata as _ and reads it back", () => {
    expect(tagsOf(assign([exact("{version}"), alias("latest")], "1.2.3+cu12", [], semver))).toEqual([
      "1.2.3_cu12",
      "latest",
    ]);
    expect(heldOf(assign([alias("latest")], "1.2.3", ["1.3.0_cu12"], semver))).toEqual(["latest not-highest"]);
  });

  it("gives no release the numbers of another one", () => {
    const numbers = [exact("{major}.{minor}.{patch}")];
    const scheme = createVersionScheme("docker");
    expect(heldOf(assign(numbers, "1.2.3-rc.1", [], scheme))).toEqual(["1.2.3 prerelease"]);
    expect(heldOf(assign(numbers, "1.2.3.4", [], scheme))).toEqual(["1.2.3 numbers-only"]);
    expect(heldOf(assign([exact("{release}")], "1.2.3.post1", [], createVersionScheme("pep440")))).toEqual([
      "1.2.3 numbers-only",
    ]);
    expect(tagsOf(assign([exact("{release}")], "1.2.3.4", [], scheme))).toEqual(["1.2.3.4"]);
  });

  it("lets nothing of another product compete, and ranks nothing that has no order", () => {
    const rules = [exact("{version}"), alias("latest")];
    const docker = createVersionScheme("docker");
    expect(tagsOf(assign(rules, "v1.2.3", ["python-3.14.0", "1.2.2"], docker))).toEqual(["v1.2.3", "latest"]);
    expect(heldOf(assign(rules, "v1.2.3", ["1.2.4"], docker))).toEqual(["latest not-highest"]);
    expect(heldOf(assign(rules, "b", ["a"], createVersionScheme("exact")))).toEqual(["latest version-not-understood"]);
  });

  it("fills braces once and knows no inherited names", () => {
    expect(tagsOf(assign([exact("x{constructor}")], "1.2.3", [], semver))).toEqual([]);
    expect(codeOf(() => assign([exact("{version}")], "{major}", []))).toBe("INVALID_TAG");
  });
});

describe("assignTags: always", () => {
  const piece = fc.constantFrom(
    "{version}",
    "{major}",
    "{minor}",
    "{patch}",
    "{variant}",
    "{x}",
    "v",
    "-",
    ".",
    "/",
    "latest",
  );
  const rule = fc
    .tuple(fc.constantFrom("exact", "alias"), fc.array(piece, { minLength: 1, maxLength: 4 }))
    .map(([kind, parts]): TagRule => ({ kind: kind as "exact" | "alias", template: parts.join("") }));
  const version = fc.oneof(
    fc
      .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.constantFrom("", "t", "rc1", "b2t"))
      .map((v) => `${v.slice(0, 3).join(".")}${v[3]}`),
    fc.string(),
    fc.stringMatching(/^[A-Za-z0-9._-]{1,130}$/),
  );

  it("gives legal tags only, each once, and decides every rule", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), version, fc.array(version), (rules, raw, published) => {
        const code = codeOf(() => assign(rules, raw, published));
        if (code !== "nothing thrown") {
          expect(code).toBe("INVALID_TAG");
          return;
        }
        const { tags, withheld } = assign(rules, raw, published);
        expect(tags.every(({ tag }) => isTag(tag))).toBe(true);
        expect(new Set(tags.map(({ tag }) => tag)).size).toBe(tags.length);
        expect(tags.length + withheld.length).toBeLessThanOrEqual(rules.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("never gives an alias while something higher of its line is published", () => {
    const release = fc.tuple(fc.constantFrom(3, 4), fc.nat(2), fc.nat(12)).map((parts) => parts.join("."));
    const rules = [exact("v{version}"), alias("{major}.{minor}"), alias("{major}"), alias("latest")];
    fc.assert(
      fc.property(release, fc.array(release, { maxLength: 12 }), (raw, published) => {
        const tags = tagsOf(
          assign(
            rules,
            raw,
            published.map((text) => `v${text}`),
          ),
        );
        const parts = (text: string) => text.split(".").map(Number) as [number, number, number];
        const [major, minor, patch] = parts(raw);
        const others = published.map(parts);
        const isHighest = {
          [`${major}.${minor}`]: others.every(([a, b, c]) => a !== major || b !== minor || c <= patch),
          [`${major}`]: others.every(([a, b, c]) => a !== major || b < minor || (b === minor && c <= patch)),
          latest: others.every(([a, b, c]) => a < major || (a === major && (b < minor || (b === minor && c <= patch)))),
        };
        for (const [tag, expected] of Object.entries(isHighest)) expect(tags.includes(tag)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives the same again when its own tags are published", () => {
    const release = fc.tuple(fc.nat(2), fc.nat(12)).map(([minor, patch]) => `3.${minor + 13}.${patch}t`);
    fc.assert(
      fc.property(release, fc.array(release), (raw, published) => {
        const first = tagsOf(assign(cpythonRules, raw, published));
        expect(tagsOf(assign(cpythonRules, raw, [...published, ...first]))).toEqual(first);
      }),
    );
  });
});
