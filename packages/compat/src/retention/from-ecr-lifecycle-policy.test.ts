import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromEcrLifecyclePolicy } from "./from-ecr-lifecycle-policy.ts";

type Rule = { readonly selection: Record<string, unknown>; readonly action?: unknown; readonly rulePriority?: number };

const expire = { type: "expire" };
const archive = { type: "transition", targetStorageClass: "archive" };

function policy(...rules: readonly Rule[]): { rules: unknown[] } {
  return { rules: rules.map((rule, index) => ({ rulePriority: index + 1, action: expire, ...rule })) };
}

function keep(count: number, selection: Record<string, unknown>): Rule {
  return { selection: { countType: "imageCountMoreThan", countNumber: count, ...selection } };
}

function age(days: number, selection: Record<string, unknown>, countType = "sinceImagePushed"): Rule {
  return { selection: { countType, countUnit: "days", countNumber: days, ...selection } };
}

function run(document: unknown, images: Readonly<Record<string, TestImage>>) {
  const simulation = fromEcrLifecyclePolicy(document).simulate(repository(images), now);
  return { deleted: labels(simulation.deleted, images), archived: labels(simulation.archived, images), simulation };
}

const tagged = (list: readonly string[]) => ({ tagStatus: "tagged", tagPatternList: list });
const any = { tagStatus: "any" };
const untagged = { tagStatus: "untagged" };

describe("fromEcrLifecyclePolicy: what a rule is about", () => {
  const images = {
    release: { tags: ["v1", "stable"] },
    nightly: { tags: ["nightly-v1"] },
    none: {},
  };

  it.each([
    [["v*"], ["release"]],
    [["*v1"], ["nightly", "release"]],
    [["v1*1"], []],
    [["v1"], ["release"]],
    [["n*-*1"], ["nightly"]],
    [["*"], ["nightly", "release"]],
    [["v*", "stable"], ["release"]],
    [["v*", "edge"], []],
    [["n*v1v1"], []],
  ])("the patterns %j mean %j", (list, expected) => {
    expect(run(policy(age(1, tagged(list))), images).deleted).toEqual(expected);
  });

  it("takes prefixes as they are", () => {
    const prefixes = (list: readonly string[]) => age(1, { tagStatus: "tagged", tagPrefixList: list });
    expect(run(policy(prefixes(["v"])), images).deleted).toEqual(["release"]);
    expect(run(policy(prefixes(["v", "sta"])), images).deleted).toEqual(["release"]);
    expect(run(policy(prefixes(["v", "edge"])), images).deleted).toEqual([]);
  });

  it("says that several tags in one rule must all be there", () => {
    const { warnings, policy: ours } = fromEcrLifecyclePolicy(policy(age(1, tagged(["v*", "edge"])), age(1, any)));
    expect(warnings.map(({ code }) => code)).toEqual(["all-listed-tags", "not-expressible"]);
    const evaluation = evaluateRetention(repository(images), ours, now);
    expect(
      labels(
        evaluation.delete.map((image) => image.digest),
        images,
      ),
    ).toEqual(["nightly", "none"]);
  });
});

describe("fromEcrLifecyclePolicy: priorities", () => {
  it("gives an image to the first rule that is about it, which others still count", () => {
    const images = {
      a: { tags: ["red-1", "blue-1"], age: 4 },
      b: { tags: ["blue-2"], age: 3 },
      c: { tags: ["red-2", "blue-3"], age: 2 },
    };
    const red = keep(9, tagged(["red*"]));
    const blue = keep(1, tagged(["blue*"]));
    expect(run(policy(red, blue), images).deleted).toEqual(["b"]);
    expect(run(policy({ ...red, rulePriority: 7 }, { ...blue, rulePriority: 3 }), images).deleted).toEqual(["a", "b"]);
  });

  it("counts the newest by push, or by restoring from the archive", () => {
    const images = {
      old: { tags: ["a"], age: 9 },
      back: { tags: ["b"], age: 30, activated: 1 },
      mid: { tags: ["c"], age: 5 },
    };
    expect(run(policy(keep(1, any)), images).deleted).toEqual(["mid", "old"]);
  });

  it("keeps what is exactly so old, and what has no date", () => {
    const images = { exact: { age: 14 }, over: { age: 14.1 }, unknown: { age: null } };
    expect(run(policy(age(14, untagged)), images).deleted).toEqual(["over"]);
    expect(run(policy(keep(1, untagged)), images).deleted).toEqual(["over"]);
  });
});

describe("fromEcrLifecyclePolicy: indexes and what is attached", () => {
  const images = {
    list: { tags: ["v1"], age: 50, children: ["amd", "arm"] },
    amd: { age: 60 },
    arm: { age: 60 },
    sbom: { age: 1, subject: "list" },
    newer: { tags: ["v2"], age: 5 },
  };

  it("lets children and attached manifests wait, uncounted", () => {
    expect(run(policy(age(55, any)), images).deleted).toEqual([]);
    expect(run(policy(keep(2, any)), images).deleted).toEqual([]);
  });

  it("deletes them once what they belong to is gone", () => {
    expect(run(policy(age(40, any)), images).deleted).toEqual(["amd", "arm", "list", "sbom"]);
    expect(run(policy(age(40, tagged(["v*"]))), images).deleted).toEqual(["list", "sbom"]);
  });
});

describe("fromEcrLifecyclePolicy: what the inventory does not show", () => {
  it("says that the simulation may be wrong", () => {
    const { simulate } = fromEcrLifecyclePolicy(policy(age(1, any)));
    const codes = (more: object) => simulate(repository({ a: {} }, more), now).warnings.map(({ code }) => code);
    expect(codes({})).toEqual([]);
    expect(codes({ covers: "tagged" })).toEqual(["uncertain"]);
    expect(codes({ incomplete: { error: "TIMEOUT" } })).toEqual(["uncertain"]);
  });
});

describe("fromEcrLifecyclePolicy: the archive", () => {
  const toArchive = (rule: Rule): Rule => ({ ...rule, action: archive });

  it("moves what was not pulled lately; a push or a restoring counts where no pull does", () => {
    const images = {
      pulled: { age: 300, pulled: 10 },
      forgotten: { age: 300, pulled: 100 },
      never: { age: 300 },
      restored: { age: 300, pulled: 200, activated: 5 },
      fresh: { age: 5 },
    };
    const { archived, deleted } = run(policy(toArchive(age(90, any, "sinceImagePulled"))), images);
    expect([archived, deleted]).toEqual([["forgotten", "never"], []]);
  });

  it("expires from the archive by the time of archival, and only there", () => {
    const images = {
      long: { storageClass: "archive", archived: 400 },
      short: { storageClass: "archive", archived: 100, age: 900 },
      live: { age: 900 },
      undated: { storageClass: "archive" },
    } as const;
    const old = age(365, { ...any, storageClass: "archive" }, "sinceImageTransitioned");
    expect(run(policy(old), images).deleted).toEqual(["long"]);
    expect(run(policy(toArchive(age(30, any)), old), images)).toMatchObject({ archived: ["live"], deleted: ["long"] });
  });

  it("protects in our policy what would be archived", () => {
    const images = { a: { tags: ["prod-1"] }, b: { tags: ["dev-1"] } };
    const { policy: ours } = fromEcrLifecyclePolicy(policy(toArchive(age(1, tagged(["prod*"]))), age(1, any)));
    const evaluation = evaluateRetention(repository(images), ours, now);
    expect(
      labels(
        evaluation.delete.map((image) => image.digest),
        images,
      ),
    ).toEqual(["b"]);
  });
});

describe("fromEcrLifecyclePolicy: refusals", () => {
  const atRoot = (path: string) => `rules[0].${path}`;
  it.each<[string, unknown, string]>([
    ["no rules", { rules: [] }, "rules"],
    ["no JSON", "{", ""],
    ["a count of nothing", policy(keep(0, any)), atRoot("selection.countNumber")],
    ["half an image", policy(keep(1.5, any)), atRoot("selection.countNumber")],
    ["a unit for a count", policy(keep(1, { ...any, countUnit: "days" })), atRoot("selection.countUnit")],
    [
      "no unit for an age",
      policy({ selection: { ...any, countType: "sinceImagePushed", countNumber: 1 } }),
      atRoot("selection.countUnit"),
    ],
    ["tags of any", policy(keep(1, { ...tagged(["a"]), tagStatus: "any" })), atRoot("selection")],
    ["tagged without tags", policy(keep(1, { tagStatus: "tagged" })), atRoot("selection")],
    ["an empty list", policy(keep(1, tagged([]))), atRoot("selection")],
    ["both lists", policy(keep(1, { ...tagged(["a"]), tagPrefixList: ["b"] })), atRoot("selection")],
    ["five stars", policy(keep(1, tagged(["a*b*c*d*e*"]))), atRoot("selection.tagPatternList")],
    ["expiry by pulls", policy(age(1, any, "sinceImagePulled")), atRoot("action.type")],
    [
      "archival of the archived",
      policy({ ...age(90, { ...any, storageClass: "archive" }, "sinceImageTransitioned"), action: archive }),
      atRoot("action.type"),
    ],
    [
      "too short in the archive",
      policy(age(89, { ...any, storageClass: "archive" }, "sinceImageTransitioned")),
      atRoot("selection.countNumber"),
    ],
    [
      "archival time of what is not archived",
      policy(age(90, any, "sinceImageTransitioned")),
      atRoot("selection.storageClass"),
    ],
    ["a push in the archive", policy(age(90, { ...any, storageClass: "archive" })), atRoot("selection.storageClass")],
    [
      "a move to nowhere",
      policy({ ...age(1, any), action: { type: "transition" } }),
      atRoot("action.targetStorageClass"),
    ],
    [
      "a target for an expiry",
      policy({ ...age(1, any), action: { ...archive, type: "expire" } }),
      atRoot("action.targetStorageClass"),
    ],
    ["any before others", policy(keep(1, any), keep(1, untagged)), atRoot("rulePriority")],
    ["a priority twice", policy(keep(1, untagged), { ...keep(9, any), rulePriority: 1 }), "rules[1].rulePriority"],
    ["untagged twice", policy(keep(1, untagged), keep(2, untagged)), "rules[1].selection.tagStatus"],
    ["the same tags twice", policy(keep(1, tagged(["b", "a"])), age(1, tagged(["a", "b"]))), "rules[1].selection"],
    ["51 rules", policy(...Array.from({ length: 51 }, (_, index) => keep(1, tagged([`t${index}`])))), "rules"],
  ])("%s", (_, document, path) => {
    const { code, problems } = refusal(() => fromEcrLifecyclePolicy(document));
    expect(code).toBe("INVALID_INPUT");
    expect(problems.map((problem) => problem.path)).toContain(path);
  });

  it("names every problem, and the key that was meant", () => {
    const document = {
      rules: [
        {
          rulePriority: 0,
          selection: { tagstatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
          action: expire,
        },
      ],
    };
    const { problems } = refusal(() => fromEcrLifecyclePolicy(document));
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["rules[0].rulePriority", "rules[0].selection.tagStatus", "rules[0].selection.tagstatus"]),
    );
    expect(problems.find(({ path }) => path.endsWith("tagstatus"))?.expected).toContain('"tagStatus"');
  });

  it("accepts the archive's own rule for untagged images beside that of the others, and JSON text", () => {
    const document = policy(
      age(1, untagged),
      age(90, { ...untagged, storageClass: "archive" }, "sinceImageTransitioned"),
    );
    expect(fromEcrLifecyclePolicy(JSON.stringify(document)).warnings.map(({ code }) => code)).toEqual([
      "not-expressible",
    ]);
  });
});
