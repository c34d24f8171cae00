import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { digest, labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromSnokInputs } from "./from-snok-inputs.ts";

type Images = Readonly<Record<string, TestImage>>;

function run(inputs: Readonly<Record<string, unknown>>, images: Images) {
  const { simulate } = fromSnokInputs({ "cut-off": "5d", ...inputs });
  const { deleted, planned, warnings } = simulate(repository(images), now);
  return {
    deleted: labels(deleted, images),
    planned: labels(planned, images),
    codes: warnings.map(({ code }) => code),
  };
}

function ours(inputs: Readonly<Record<string, unknown>>, images: Images) {
  const { policy } = fromSnokInputs({ "cut-off": "5d", ...inputs });
  const evaluation = evaluateRetention(repository(images), policy, now);
  expect(evaluation.untag).toEqual([]);
  return labels(
    evaluation.delete.map((image) => image.digest),
    images,
  );
}

const images: Images = {
  dev: { tags: ["dev-1"], age: 9 },
  mixed: { tags: ["dev-2", "v1"], age: 8 },
  release: { tags: ["v2"], age: 7 },
  young: { tags: ["dev-3"], age: 1 },
  loose: { age: 6 },
};

describe("fromSnokInputs: which images", () => {
  it.each<[string, readonly string[]]>([
    ["", ["dev", "loose", "mixed", "release"]],
    ["dev-*", ["dev", "loose"]],
    ["dev-? v?", ["dev", "loose", "mixed", "release"]],
    ["dev-?,v?", ["dev", "loose", "mixed", "release"]],
    ['"dev-1"', ["dev", "loose"]],
    ["!v*", ["dev", "loose"]],
    ["dev* v* !v1", ["dev", "loose", "release"]],
    ["dev", ["loose"]],
  ])("image-tags %s", (tags, expected) => {
    expect(run({ "image-tags": tags }, images).deleted).toEqual(expected);
    expect(ours({ "image-tags": tags }, images)).toEqual(expected);
  });

  it("selects tagged or untagged images, and skips digests", () => {
    expect(run({ "tag-selection": "tagged" }, images).deleted).toEqual(["dev", "mixed", "release"]);
    expect(run({ "tag-selection": "untagged" }, images).deleted).toEqual(["loose"]);
    const skips = { "skip-shas": `${digest("dev")} ${digest("loose")}` };
    expect(run(skips, images).deleted).toEqual(["mixed", "release"]);
    expect(ours(skips, images)).toEqual(["mixed", "release"]);
  });

  it("keeps the newest of the tagged images that are old enough", () => {
    expect(run({ "keep-n-most-recent": 1 }, images).deleted).toEqual(["dev", "loose", "mixed"]);
    const { policy, warnings } = fromSnokInputs({
      "cut-off": "5d",
      "keep-n-most-recent": "1",
      "tag-selection": "tagged",
    });
    expect(warnings.map(({ code }) => code)).toEqual(["not-expressible"]);
    expect(policy.rules).toEqual([]);
  });

  it.each([
    ["8days", ["dev"]],
    ["1week 1h", ["dev", "mixed"]],
    ["1month", []],
    ["0s", ["dev", "loose", "mixed", "release", "young"]],
  ])("the cut-off %s is exact", (cutOff, expected) => {
    expect(run({ "cut-off": cutOff }, images).deleted).toEqual(expected);
    expect(ours({ "cut-off": cutOff }, images)).toEqual(expected);
  });
});

describe("fromSnokInputs: the graph", () => {
  const graph: Images = {
    fresh: { tags: ["v1"], age: 1, children: ["child", "tagged"] },
    child: {},
    tagged: { tags: ["v1-amd"] },
    loose: { age: 1, children: ["leaf"] },
    leaf: {},
    sbom: { subject: "fresh" },
    old: { tags: ["v0"], children: ["part"] },
    part: {},
  };

  it("protects what a tagged index that stays lists, and nothing else that belongs together", () => {
    expect(run({}, graph)).toMatchObject({
      deleted: ["leaf", "old", "part", "sbom"],
      codes: ["breaks-index", "deletes-referrer"],
    });
    expect(ours({}, graph)).toEqual(["old", "part"]);
  });

  it("deletes nothing when a tagged manifest that stays cannot be read, and goes on when one that goes cannot", () => {
    expect(run({}, { ...graph, broken: { tags: ["x"], age: 1, isUnreadable: true } })).toMatchObject({
      deleted: [],
      codes: ["stopped"],
    });
    expect(run({}, { ...graph, broken: { tags: ["x"], isUnreadable: true } }).deleted).toContain("broken");
  });

  it("deletes no untagged image from a listing that ends early", () => {
    const simulation = fromSnokInputs({ "cut-off": "5d" }).simulate(
      repository(graph, { incomplete: { error: "TIMEOUT" } }),
      now,
    );
    expect(labels(simulation.deleted, graph)).toEqual(["old"]);
  });

  it("announces in a dry run", () => {
    const { deleted, planned } = run({ "dry-run": "true" }, images);
    expect([deleted, planned.length]).toEqual([[], 4]);
  });
});

describe("fromSnokInputs: refusals", () => {
  it.each<[unknown, string]>([
    [{}, "cut-off"],
    [{ "cut-off": "2 days ago UTC" }, "cut-off"],
    [{ "cut-off": "5 D" }, "cut-off"],
    [{ "cut-off": "5d", "skip-shas": "abc" }, "skip-shas"],
    [{ "cut-off": "5d", "tag-selection": "all" }, "tag-selection"],
    [{ "cut-off": "5d", "keep-n-most-recent": "-1" }, "keep-n-most-recent"],
    [{ "cut-off": "5d", "keep-at-least": 3 }, "keep-at-least"],
  ])("%j", (inputs, path) => {
    const { code, problems } = refusal(() => fromSnokInputs(inputs));
    expect([code, problems.map((problem) => problem.path)]).toEqual(["INVALID_INPUT", [path]]);
  });
});
