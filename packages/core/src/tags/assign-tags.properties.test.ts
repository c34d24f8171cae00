import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import { digestOf } from "../oci/digest.ts";
import { isTag } from "../oci/tag.ts";
import { explain } from "../report/explain.ts";
import { assignWith, namesOf, shaOf } from "../testing/tag-context.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import type { TagAssignment } from "./assign-tags.ts";
import type { TagEvent } from "./tag-event.ts";
import type { CommitRelation, ShownTag, TagContext, TagVariant } from "./tag-policy.ts";
import { type TagRule, tagTemplateNames } from "./tag-rule.ts";

const semver = createVersionScheme("semver");
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.constantFrom("latest", "1.2", "", "-", ".."),
);
const refName = fc.oneof(
  text,
  fc.constantFrom("main", "v1.2.3", "1.2.3-rc.1", "a/b", "a-b", "feature/日本", "latest", "1.2", "ui/v1.0.0"),
);
const piece = fc.oneof(
  fc.constantFrom(...tagTemplateNames.map((name) => `{${name}}`)),
  fc.constantFrom("v", "-", ".", "x", "/", "{date:YYYY}", "{sha:4}", "{nothing}", "latest"),
);
const template = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(""));
const end = fc.option(fc.constantFrom("", "p-", "-s", "{branch}-", "/"), { nil: undefined });
const mobility = fc.constantFrom(
  { mutability: "immutable" } as const,
  { order: "any" } as const,
  { order: "version" } as const,
  { order: "ancestry" } as const,
);
const when = fc.constantFrom(
  undefined,
  { events: ["push"] },
  { refKind: "tag" } as const,
  { prerelease: false },
  { branches: ["**"] },
);
const body: fc.Arbitrary<TagRule> = fc.oneof(
  fc.record({ kind: fc.constantFrom("exact", "alias", "pattern"), template }) as fc.Arbitrary<TagRule>,
  fc.record({ kind: fc.constant("sha"), length: fc.integer({ min: 4, max: 64 }) }) as fc.Arbitrary<TagRule>,
  fc.record({ kind: fc.constantFrom("branch", "tag", "pr", "edge", "schedule") }) as fc.Arbitrary<TagRule>,
  fc.tuple(mobility, text).map(([how, value]): TagRule => ({ kind: "raw", value, ...how })),
  fc.tuple(mobility, template).map(([how, value]): TagRule => ({ kind: "template", template: value, ...how })),
  fc
    .tuple(
      mobility,
      fc.constantFrom("^v?(.*)$", "(\\d+)", ".+", "^x"),
      fc.constantFrom("tag", "branch", "ref", "version"),
    )
    .map(([how, pattern, on]): TagRule => ({ kind: "match", pattern, on, ...how })),
);
const rule: fc.Arbitrary<TagRule> = fc.tuple(body, end, end, when).map(([plain, prefix, suffix, condition]) => ({
  ...plain,
  ...(prefix === undefined ? {} : { prefix }),
  ...(suffix === undefined ? {} : { suffix }),
  ...(condition === undefined ? {} : { when: condition }),
}));
const event: fc.Arbitrary<TagEvent> = fc
  .record({
    name: fc.constantFrom("push", "schedule", "pull_request", "odd"),
    kind: fc.constantFrom("refs/heads/", "refs/tags/", "refs/pull/", ""),
    ref: refName,
    sha: fc.option(fc.constantFrom(shaOf("a"), "nonsense/"), { nil: undefined }),
    defaultBranch: fc.option(refName, { nil: undefined }),
    headRef: fc.option(refName, { nil: undefined }),
  })
  .map(({ name, kind, ref, sha, defaultBranch, headRef }) => ({
    ...{ name, ref: `${kind}${ref}`, at: parseInstant("2026-02-03T04:05:06Z"), run: 3 },
    ...(sha === undefined ? {} : { sha }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(headRef === undefined ? {} : { headRef }),
  }));
const variants: readonly TagVariant[] = [
  { name: "debian", suffix: "", default: true },
  { name: "alpine", suffix: "-alpine" },
];
const version = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom("1.2.3", "1.2.3-rc.1", "v2.0.0", "1.2.3+b.4", "0.0.0", "nonsense", "a b"),
  text,
);
const known: fc.Arbitrary<TagContext["known"]> = fc.oneof(
  fc.constant({ state: "unknown", error: "TIMEOUT" } as const),
  fc
    .array(fc.constantFrom("1.2.3", "1.2.4", "2.0.0", "1.2.4-alpine", "v9.0.0", "latest", "main", "3.0.0-rc.1"))
    .map((tags) => ({ state: "complete", tags }) as const),
);
const context = fc.record({ event, version, known, variant: fc.constantFrom("debian", "alpine") });

type Given = Partial<TagContext>;

function contextOf(given: { readonly version: string | undefined } & Omit<Given, "version">): Given {
  const { version: raw, ...rest } = given;
  return raw === undefined ? rest : { ...rest, version: raw };
}

describe("assignTags: any policy, any event", () => {
  it("gives legal tags only, each once, and a decision for every rule", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), context, fc.boolean(), (rules, given, isReported) => {
        let assignment: TagAssignment;
        try {
          assignment = assignWith({ rules, variants, onInvalid: isReported ? "report" : "fail" }, contextOf(given));
        } catch (error) {
          expect(isBayplanError(error) && error.code).toBe("INVALID_TAG");
          expect(isReported).toBe(false);
          return;
        }
        const names = namesOf(assignment);
        expect(names.filter((tag) => !isTag(tag))).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
        expect(assignment.decisions).toHaveLength(rules.length);
        expect(assignment.decisions.every(({ reasons }) => reasons.length > 0)).toBe(true);
        const sentences = assignment.decisions.flatMap(({ reasons }) => reasons.map(explain));
        expect(sentences.filter((sentence) => sentence === "" || sentence.includes("undefined"))).toEqual([]);
        const emitted = assignment.decisions.filter(({ outcome }) => outcome === "emitted");
        expect(emitted.map(({ tag }) => tag)).toEqual(names);
      }),
      { numRuns: 3000 },
    );
  });

  it("does not depend on the order of rules or of what is published", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), context, fc.nat(), (rules, given, turn) => {
        const rotated = [
          ...rules.slice(turn % (rules.length + 1)),
          ...rules.slice(0, turn % (rules.length + 1)),
        ].reverse();
        const listed =
          given.known.state === "complete" ? { ...given.known, tags: [...given.known.tags].reverse() } : given.known;
        const one = assignWith({ rules, variants, onInvalid: "report" }, contextOf(given));
        const two = assignWith(
          { rules: rotated, variants, onInvalid: "report" },
          contextOf({ ...given, known: listed }),
        );
        const facts = ({ tags }: TagAssignment) => tags.map(({ tag, mutability }) => `${tag} ${mutability}`).sort();
        expect(facts(two)).toEqual(facts(one));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives the same again once everything is published", () => {
    const target = digestOf(new Uint8Array([1]));
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), context, (rules, given) => {
        const policy = { rules, variants, onInvalid: "report" } as const;
        const first = namesOf(assignWith(policy, { ...contextOf(given), target }));
        const tags = given.known.state === "complete" ? [...given.known.tags, ...first] : first;
        const again = namesOf(
          assignWith(policy, {
            ...contextOf(given),
            ...{ target, known: given.known.state === "complete" ? { state: "complete", tags } : given.known },
            shown: Object.fromEntries(
              first.map((tag): [string, ShownTag] => [tag, { state: "present", digest: target }]),
            ),
            ancestry: Object.fromEntries(
              first.map((tag): [string, CommitRelation] => [
                tag,
                { state: "known", commit: shaOf("a"), relation: "same" },
              ]),
            ),
          }),
        );
        expect(again).toEqual(first);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("assignTags: one release after another", () => {
  const release = fc
    .tuple(fc.constantFrom("1.0", "1.1", "2.0"), fc.nat(3), fc.constantFrom("", "", "", "-rc.1"))
    .map(([line, patch, pre]) => `${line}.${patch}${pre}`);
  const rules: readonly TagRule[] = [
    { kind: "exact", template: "{version}" },
    ...["{major}.{minor}", "{major}", "latest"].map((alias): TagRule => ({ kind: "alias", template: alias })),
    { kind: "alias", template: "{channel}" },
  ];

  it("never moves a tag down its order, never moves it to a pre-release, never overwrites a release", () => {
    const step = fc.record({
      raw: release,
      variant: fc.constantFrom("debian", "alpine"),
      isListed: fc.boolean(),
      build: fc.nat(1),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const registry = new Map<string, { readonly raw: string; readonly digest: ReturnType<typeof digestOf> }>();
        for (const { raw, variant, isListed, build } of steps) {
          const target = digestOf(new TextEncoder().encode(`${raw} ${variant} ${build}`));
          const { tags } = assignWith(
            { rules, variants },
            {
              ...{ version: raw, variant, target },
              known: isListed
                ? { state: "complete", tags: [...registry.keys()] }
                : { state: "unknown", error: "TIMEOUT" },
              shown: Object.fromEntries(
                [...registry].map(([tag, { digest }]): [string, ShownTag] => [tag, { state: "present", digest }]),
              ),
            },
          );
          for (const { tag, mutability } of tags) {
            const before = registry.get(tag);
            const [from, to] = [semver.parse(before?.raw ?? ""), semver.parse(raw)];
            if (from !== undefined && to !== undefined) {
              expect(semver.compare(to, from)).toBeGreaterThanOrEqual(0);
              if (mutability === "immutable") expect(before?.digest).toBe(target);
            }
            if (mutability === "moving" && /^(?:latest|\d)/.test(tag)) expect(raw).not.toContain("-");
            registry.set(tag, { raw, digest: target });
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never moves the tag of a branch back in its history", () => {
    // A history of two lines that part at commit 2: even and odd commits.
    const isAncestor = (from: number, to: number) => from <= to && (from <= 2 || from % 2 === to % 2);
    const step = fc.record({ commit: fc.nat(9), isKnown: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let shows: number | undefined;
        for (const { commit, isKnown } of steps) {
          const relation = (there: number): CommitRelation => {
            const name =
              there === commit
                ? "same"
                : isAncestor(there, commit)
                  ? "ancestor"
                  : isAncestor(commit, there)
                    ? "descendant"
                    : "diverged";
            return { state: "known", commit: String(there), relation: name };
          };
          const names = namesOf(
            assignWith(
              { rules: [{ kind: "branch" }] },
              {
                event: { name: "push", ref: "refs/heads/main" },
                known: isKnown
                  ? { state: "complete", tags: shows === undefined ? [] : ["main"] }
                  : { state: "unknown", error: "X" },
                ...(isKnown && shows !== undefined ? { ancestry: { main: relation(shows) } } : {}),
              },
            ),
          );
          if (names.length === 0) continue;
          if (shows !== undefined) expect(isAncestor(shows, commit)).toBe(true);
          shows = commit;
        }
      }),
      { numRuns: 500 },
    );
  });
});
