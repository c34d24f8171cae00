import {
  evaluateRetention,
  type RetentionInventory,
  type RetentionPolicy,
  type RetentionRule,
  type TagSelector,
} from "@bayplan/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachedTag, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { mayShareTag } from "./ecr-wildcards.ts";
import { fromEcrLifecyclePolicy } from "./from-ecr-lifecycle-policy.ts";
import { type EcrExportOptions, type EcrLifecycleExport, toEcrLifecyclePolicy } from "./to-ecr-lifecycle-policy.ts";

const orphans = { kind: "expire-orphans" } as const;
const everything = { kind: "expire", match: { any: true }, olderThan: "90d" } as const;

describe("an exported policy", () => {
  it("is the document that ECR takes", () => {
    const { document, leaves } = toEcrLifecyclePolicy({
      protect: ["latest", { pattern: "v.*|release-.*" }],
      pins: ["1.4.2"],
      rules: [
        { kind: "expire", name: "pull requests", match: { pattern: "pr-.*" }, olderThan: "2w" },
        { kind: "expire-unmatched", olderThan: "90d" },
        { kind: "expire-untagged", olderThan: "1d" },
        orphans,
      ],
    });
    expect(
      document.rules.map(({ selection: { tagPatternList = [], countNumber, countType } }) => [
        ...tagPatternList,
        countType === "sinceImagePushed" ? countNumber : "never",
      ]),
    ).toEqual([
      ["sha256-*", "never"],
      ["latest", "never"],
      ["v*", "never"],
      ["release-*", "never"],
      ["1.4.2", "never"],
      ["*", 90],
      ["pr-*", 14],
      [1],
    ]);
    expect(leaves).toEqual(["parts", "signature-tags", "shorter-times", "orphans"]);
    expect(() => fromEcrLifecyclePolicy(JSON.stringify(document))).not.toThrow();
  });

  it("counts where the caller vouches for the tags", () => {
    const rules: readonly RetentionRule[] = [
      { kind: "expire", match: { pattern: "sha-.*" }, keepLast: 30 },
      { kind: "expire", match: { pattern: "pr-.*" }, olderThan: "7d" },
    ];
    const { document } = toEcrLifecyclePolicy({ protect: ["latest"], rules }, { tagsAgree: true });
    expect(document.rules[2]?.selection).toEqual({
      tagStatus: "tagged",
      tagPatternList: ["sha-*"],
      countType: "imageCountMoreThan",
      countNumber: 30,
    });
  });

  it.each<[string, RetentionPolicy, readonly string[], EcrExportOptions?]>([
    [
      "guards and events",
      { guards: { neverEmpty: true }, event: { type: "delete", refType: "branch", ref: "x" } },
      ["guards", "event"],
    ],
    [
      "what is no wildcard",
      { protect: [{ pattern: "\\d+" }, { versions: "stable" }, { pattern: "a(b|c)" }] },
      ["protect[0]", "protect[1]", "protect[2]"],
    ],
    ["digests and functions", { pins: [`sha256:${"0".repeat(64)}`, () => undefined] }, ["pins[0]", "pins[1]"]],
    [
      "rules that keep",
      { rules: [{ kind: "keep-newer", than: "1d" }, everything, { kind: "keep-pulled", within: "1d" }] },
      ["rules[0]", "rules[2]"],
    ],
    ["N and age", { rules: [{ ...everything, keepLast: 2 }] }, ["rules[0]"]],
    ["nothing to count", { rules: [{ kind: "expire", match: { any: true } }] }, ["rules[0]", "rules[0].keepLast"]],
    ["hours", { rules: [{ ...everything, olderThan: "36h" }] }, ["rules[0].olderThan"]],
    [
      "streams and exceptions",
      { rules: [{ ...everything, except: "x", per: "line" }] },
      ["rules[0].except", "rules[0].per"],
    ],
    ["tags of no rule", { rules: [{ kind: "expire", match: "a", olderThan: "1d" }] }, ["rules"]],
    [
      "a count without the caller's word",
      { rules: [everything, { kind: "expire", match: "a", keepLast: 2 }] },
      ["rules[1].keepLast"],
    ],
    ["untagged images alone", { rules: [{ kind: "expire-untagged", olderThan: "1d" }] }, ["rules[0]"]],
    [
      "orphans that stay longer",
      {
        rules: [
          { kind: "expire-untagged", olderThan: "1d" },
          { ...orphans, olderThan: "2d" },
        ],
      },
      ["rules[0]"],
    ],
    ["orphans alone", { rules: [orphans] }, ["rules"]],
    [
      "a count of untagged images",
      { rules: [{ kind: "expire-untagged", keepLast: 1 }, orphans] },
      ["rules[0].keepLast"],
    ],
    [
      "a count among protected images",
      { protect: ["sha-1"], rules: [{ kind: "expire", match: { pattern: "sha-.*" }, keepLast: 2 }] },
      ["rules[0].match"],
      { tagsAgree: true },
    ],
    ["five wildcards", { protect: [{ pattern: "a.*b.*c.*d.*e.*" }] }, ["rules"]],
    ["51 rules", { protect: Array.from({ length: 51 }, (_, index) => `t${index}`) }, ["rules"]],
  ])("refuses %s", (_, policy, paths, options) => {
    const { code, problems } = refusal(() => toEcrLifecyclePolicy(policy, options));
    expect(code).toBe("INVALID_INPUT");
    expect([...new Set(problems.map(({ path }) => path))]).toEqual(paths);
  });

  it("knows whether two wildcards can fit one tag", () => {
    for (const [left, right, isShared] of [
      ["a*", "*b", true],
      ["a*", "b*", false],
      ["sha-*", "sha256-*", false],
      ["*", "", true],
      ["a*c", "ab*", true],
      ["a", "a", true],
      ["a", "ab", false],
    ] as const) {
      expect(mayShareTag(left, right)).toBe(isShared);
      expect(mayShareTag(right, left)).toBe(isShared);
    }
  });
});

const families = ["app", "dev", "pr", "v"];
const days = fc.integer({ min: 1, max: 12 }).map((number) => `${number}d`);
const selector: fc.Arbitrary<TagSelector> = fc.constantFrom<TagSelector>(
  { pattern: "app-.*" },
  { pattern: "dev.*" },
  { pattern: ".*-1" },
  { pattern: "pr-.*|v-1" },
  "v-2",
  "latest",
);
const byAge: fc.Arbitrary<RetentionRule> = fc.record({ kind: fc.constant("expire"), match: selector, olderThan: days });
const untagged = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.nat({ max: 12 }))
  .map(([limit, orphan]): readonly RetentionRule[] => [
    { kind: "expire-untagged", olderThan: `${limit}d` },
    { kind: "expire-orphans", olderThan: `${Math.min(limit, orphan)}d` },
  ]);

/** Policies in which every tag is some rule's. */
const covered = fc
  .record({
    protect: fc.array(selector, { maxLength: 2 }),
    rules: fc.array(byAge, { maxLength: 3 }),
    rest: fc.record({ kind: fc.constant("expire-unmatched"), olderThan: days }),
    isRestFirst: fc.boolean(),
    others: fc.option(untagged, { nil: [] }),
  })
  .map(({ protect, rules, rest, isRestFirst, others }): readonly [RetentionPolicy, EcrExportOptions] => [
    { protect, rules: [...(isRestFirst ? [rest] : []), ...rules, ...(isRestFirst ? [] : [rest]), ...others] },
    {},
  ]);

/** Policies that count, for repositories in which the tags of an image are of one family. */
const counted = fc
  .record({
    protect: fc.subarray(["latest", "main"]),
    limits: fc.array(fc.oneof(days, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 }),
    rest: fc.option(days),
    others: fc.option(untagged, { nil: [] }),
  })
  .map(({ protect, limits, rest, others }): readonly [RetentionPolicy, EcrExportOptions] => {
    const rules = limits.map((limit, index): RetentionRule => {
      const match = { pattern: `${families[index]}-.*` };
      return { kind: "expire", match, ...(typeof limit === "number" ? { keepLast: limit } : { olderThan: limit }) };
    });
    const unmatched = rest === null ? [] : [{ kind: "expire-unmatched" as const, olderThan: rest }];
    return [{ protect, rules: [...unmatched, ...rules, ...others] }, { tagsAgree: true }];
  });

/** What the registries below are made of; times are unique, as ECR's are finer than ours here. */
const parts = fc.record({
  kinds: fc.array(fc.constantFrom("image", "index", "shared", "referrer", "signature", "orphan", "untagged"), {
    minLength: 1,
    maxLength: 12,
  }),
  families: fc.array(fc.nat({ max: 4 }), { minLength: 12, maxLength: 12 }),
  second: fc.array(fc.nat({ max: 9 }), { minLength: 12, maxLength: 12 }),
  ages: fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 40, maxLength: 40 }),
});
type Parts = typeof parts extends fc.Arbitrary<infer Value> ? Value : never;

function registryOf({ kinds, families: chosen, second, ages }: Parts, isMixed: boolean) {
  const images: Record<string, TestImage> = {};
  let at = 0;
  const age = () => (ages[at++] ?? 1) / 20;
  const features = new Set<string>();
  for (const [place, kind] of kinds.entries()) {
    const family = chosen[place] ?? 0;
    const name = families[family];
    const tags = name === undefined ? [["latest", "main", "other"][place] ?? `x${place}`] : [`${name}-${place}`];
    const next = families[second[place] ?? 9];
    if (next !== undefined && (isMixed || next === name)) tags.push(`${next}-${place}b`);
    const subject = `i${place - 1}`;
    if (kind === "index" || kind === "shared") {
      const child = kind === "index" ? `p${place}` : "common";
      features.add("parts");
      images[child] ??= { age: age() };
      images[`i${place}`] = { tags, age: age(), children: [child] };
    } else if (kind === "referrer" && images[subject] !== undefined) images[`i${place}`] = { age: age(), subject };
    else if (kind === "signature") {
      features.add("signature-tags");
      images[`i${place}`] = { age: age(), tags: [attachedTag(subject)] };
    } else if (kind === "orphan") {
      features.add("orphans");
      images[`i${place}`] = { age: age(), subject: "nobody" };
    } else images[`i${place}`] = { age: age(), tags: kind === "untagged" ? [] : tags };
  }
  return { inventory: repository(images), features };
}

/** Whether several rules of the document are about one image; those that never expire anything do not count. */
function isInSeveralRules({ manifests }: RetentionInventory, { rules }: EcrLifecycleExport["document"]): boolean {
  const wildcards = rules.flatMap(({ selection }) =>
    selection.countNumber === 1_000_000 ? [] : (selection.tagPatternList ?? []),
  );
  const patterns = wildcards.map((wildcard) => new RegExp(`^${wildcard.replaceAll("*", ".*")}$`));
  return manifests.some(({ tags }) => {
    return patterns.filter((pattern) => tags.some((tag) => pattern.test(tag))).length > 1;
  });
}

describe.each([
  ["by age, tags mixed", covered, true],
  ["by count, tags that agree", counted, false],
] as const)("an exported policy on random registries: %s", (_, policies, isMixed) => {
  it("deletes nothing that ours keeps, and the same where nothing is there that it leaves", () => {
    let exact = 0;
    fc.assert(
      fc.property(policies, parts, ([policy, options], given) => {
        const { inventory, features } = registryOf(given, isMixed);
        const { document, leaves } = toEcrLifecyclePolicy(policy, options);
        const theirs = fromEcrLifecyclePolicy(document).simulate(inventory, now).deleted;
        const ours = evaluateRetention(inventory, policy, now).delete.map(({ digest }) => digest);
        for (const digest of theirs) expect(ours).toContain(digest);
        if (isInSeveralRules(inventory, document)) features.add("shorter-times");
        if (leaves.some((leftover) => features.has(leftover))) return;
        exact += ours.length > 0 ? 1 : 0;
        expect([...theirs].sort()).toEqual(ours.toSorted());
      }),
      { numRuns: 800 },
    );
    // The second half of the sentence was asked often enough.
    expect(exact).toBeGreaterThan(20);
  });
});
