import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { assignWith, namesOf, outcomesOf, pushOf } from "../testing/tag-context.ts";
import type { TagVariant } from "./tag-policy.ts";
import type { TagRule } from "./tag-rule.ts";

const rules: readonly TagRule[] = [
  { kind: "exact", template: "{version}" },
  { kind: "alias", template: "{major}.{minor}" },
  { kind: "alias", template: "latest" },
];
const variants: readonly TagVariant[] = [
  { name: "bookworm", suffix: "-bookworm", default: true },
  { name: "alpine", suffix: "-alpine" },
  { name: "slim-alpine", suffix: "-slim-alpine" },
];
const complete = (...tags: string[]) => ({ known: { state: "complete", tags } as const });

describe("assignTags: variants", () => {
  it("gives the default variant's tags plain and with its suffix, the others' only with theirs", () => {
    const version = "1.2.3";
    expect(namesOf(assignWith({ rules, variants }, { version }))).toEqual([
      ...["1.2.3", "1.2.3-bookworm", "1.2", "1.2-bookworm", "latest", "latest-bookworm"],
    ]);
    expect(namesOf(assignWith({ rules, variants }, { version, variant: "alpine" }))).toEqual([
      ...["1.2.3-alpine", "1.2-alpine", "latest-alpine"],
    ]);
  });

  it.each<[string, string, readonly string[], string]>([
    ["another variant does not compete", "alpine", ["1.3.0", "1.3.0-bookworm", "1.3.0-slim-alpine"], "emitted"],
    ["the own one does", "alpine", ["1.3.0-alpine"], "withheld"],
    ["plain tags are the default variant's", "bookworm", ["1.3.0"], "withheld"],
    ["so are those with its suffix", "bookworm", ["1.3.0-bookworm"], "withheld"],
    ["and no others", "bookworm", ["1.3.0-alpine"], "emitted"],
    ["the longest suffix decides", "slim-alpine", ["1.3.0-slim-alpine"], "withheld"],
  ])("%s", (_, variant, published, outcome) => {
    const { decisions } = assignWith({ rules, variants }, { version: "1.2.3", variant, ...complete(...published) });
    const ofLatest = decisions.filter(({ tag }) => tag?.startsWith("latest") === true);
    expect(new Set(ofLatest.map((decision) => decision.outcome))).toEqual(new Set([outcome]));
  });

  it("needs to know which one was built", () => {
    const noDefault = variants.slice(1);
    expect(codeOf(() => assignWith({ rules, variants: noDefault }, { version: "1.2.3" }))).toBe("INVALID_INPUT");
    expect(codeOf(() => assignWith({ rules, variants }, { version: "1.2.3", variant: "x" }))).toBe("INVALID_INPUT");
    expect(codeOf(() => assignWith({ rules }, { version: "1.2.3", variant: "x" }))).toBe("INVALID_INPUT");
  });

  it.each<[string, readonly TagVariant[]]>([
    [
      "two defaults",
      [
        { name: "a", suffix: "", default: true },
        { name: "b", suffix: "-b", default: true },
      ],
    ],
    [
      "one suffix twice",
      [
        { name: "a", suffix: "-a" },
        { name: "b", suffix: "-a" },
      ],
    ],
    [
      "one name twice",
      [
        { name: "a", suffix: "-a" },
        { name: "a", suffix: "-b" },
      ],
    ],
    ["a plain one that is not the default", [{ name: "a", suffix: "" }]],
    ["a suffix no tag can have", [{ name: "a", suffix: "/a" }]],
  ])("refuses %s", (_, unclear) => {
    expect(codeOf(() => assignWith({ rules, variants: unclear }, { version: "1.2.3", variant: "a" }))).toBe(
      "INVALID_INPUT",
    );
  });
});

describe("assignTags: packages of a monorepo", () => {
  const ui = { name: "@acme/ui", gitTagPrefix: "ui/v", tagPrefix: "ui-" };
  const all: readonly TagRule[] = [
    ...rules,
    { kind: "tag" },
    { kind: "template", template: "{package}", order: "any" },
  ];

  it("reads its own Git tags without their prefix, and gives every tag its own", () => {
    expect(namesOf(assignWith({ rules: all, package: ui }, { event: pushOf("refs/tags/ui/v1.2.3") }))).toEqual([
      ...["ui-1.2.3", "ui-1.2", "ui-latest", "ui-acme-ui"],
    ]);
  });

  it("does nothing for the Git tag of another package", () => {
    const { tags, decisions } = assignWith({ rules, package: ui }, { event: pushOf("refs/tags/api/v9.0.0") });
    expect(tags).toEqual([]);
    expect(decisions[0]).toMatchObject({ reasons: [{ code: "condition-not-met", condition: "package" }] });
  });

  it("competes with its own versions only", () => {
    const context = { event: pushOf("refs/tags/ui/v1.2.3") };
    expect(namesOf(assignWith({ rules, package: ui }, { ...context, ...complete("2.0.0", "api-2.0.0") }))).toContain(
      "ui-latest",
    );
    expect(namesOf(assignWith({ rules, package: ui }, { ...context, ...complete("ui-2.0.0") }))).not.toContain(
      "ui-latest",
    );
  });

  it("says of a Git tag that is no version that there is none", () => {
    expect(outcomesOf(assignWith({ rules: all.slice(0, 4) }, { event: pushOf("refs/tags/nightly-1") }))).toEqual([
      "skipped - value-missing",
      "skipped - value-missing",
      "withheld latest version-not-understood",
      "emitted nightly-1 from-event",
    ]);
  });
});
