import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { digest, labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromDeletePackageVersionsInputs } from "./from-delete-package-versions-inputs.ts";

type Images = Readonly<Record<string, TestImage>>;

function run(inputs: unknown, images: Images) {
  const { deleted, warnings } = fromDeletePackageVersionsInputs(inputs).simulate(repository(images), now);
  return { deleted: labels(deleted, images), codes: warnings.map(({ code }) => code) };
}

function ours(inputs: unknown, images: Images) {
  const evaluation = evaluateRetention(repository(images), fromDeletePackageVersionsInputs(inputs).policy, now);
  return [
    labels(
      evaluation.delete.map((image) => image.digest),
      images,
    ),
    evaluation.untag.length,
  ];
}

/** Three builds, of which the first is a release; each is an index and an image, pushed image first. */
const builds: Images = {
  amd1: { age: 30.1 },
  one: { tags: ["2.0", "sha-1"], age: 30, children: ["amd1"] },
  amd2: { age: 20.1 },
  two: { tags: ["sha-2"], age: 20, children: ["amd2"] },
  amd3: { age: 10.1 },
  three: { tags: ["sha-3"], age: 10, children: ["amd3"] },
  stray: { age: 25 },
};

describe("fromDeletePackageVersionsInputs", () => {
  it("deletes the oldest version when nothing is said, whatever it is", () => {
    expect(run({}, builds)).toEqual({ deleted: ["amd1"], codes: ["breaks-index"] });
    expect(run({ "num-old-versions-to-delete": "2" }, builds).deleted).toEqual(["amd1", "one"]);
    expect(run({ "num-old-versions-to-delete": 0 }, builds).deleted).toEqual([]);
    expect(ours({ "num-old-versions-to-delete": 2 }, builds)).toEqual([[], 0]);
  });

  it("compares ignore-versions with digests, and warns", () => {
    const inputs = { "min-versions-to-keep": 2, "ignore-versions": "^\\d+\\.\\d+$" };
    const { deleted, codes } = run(inputs, builds);
    expect(deleted).toEqual(["amd1", "amd2", "one", "stray", "two"]);
    expect(codes).toEqual(["deletes-protected"]);
    const { warnings } = fromDeletePackageVersionsInputs(inputs);
    expect(warnings.map(({ code }) => code)).toEqual(["ignores-graph", "counts-parts", "matches-digests"]);
    expect(ours(inputs, builds)).toEqual([[], 0]);
    expect(ours({ ...inputs, "min-versions-to-keep": 1 }, builds)).toEqual([["amd2", "two"], 0]);
  });

  it("really ignores a version by its digest, and everything by an expression that fits all digests", () => {
    const two = { "min-versions-to-keep": 0, "ignore-versions": digest("two") };
    expect(run(two, builds).deleted).toEqual(["amd1", "amd2", "amd3", "one", "stray", "three"]);
    expect(run({ "min-versions-to-keep": 0, "ignore-versions": "^(?!main$).*$" }, builds)).toEqual({
      deleted: [],
      codes: ["no-effect"],
    });
    expect(run({ "min-versions-to-keep": 0, "ignore-versions": "" }, builds).deleted).toEqual([]);
    const others = { "min-versions-to-keep": 0, "ignore-versions": "^(?!main$)(?!sha).*$" };
    expect(ours(others, builds)).toEqual([[], 0]);
    expect(fromDeletePackageVersionsInputs(others).warnings.map(({ code }) => code)).toContain("not-expressible");
  });

  it("takes an expression for everything but some tags as a wish to delete those", () => {
    const branch = { "min-versions-to-keep": 0, "ignore-versions": "^(?!(?:sha-1|sha-2)$).*$" };
    expect(run(branch, builds).deleted).toEqual([]);
    expect(ours(branch, builds)).toEqual([["amd2", "two"], 1]);
  });

  it("lets the expression for pre-releases take the place of ignore-versions", () => {
    const inputs = { "delete-only-pre-release-versions": true, "ignore-versions": "." };
    expect(run(inputs, builds).deleted).toHaveLength(7);
  });

  it("takes children for garbage when only untagged versions go; the policy does not", () => {
    const inputs = { "delete-only-untagged-versions": "true", "min-versions-to-keep": 1 };
    expect(run(inputs, builds)).toEqual({ deleted: ["amd1", "amd2", "stray"], codes: ["breaks-index"] });
    expect(ours({ ...inputs, "min-versions-to-keep": 0 }, builds)).toEqual([["stray"], 0]);
  });

  it("finds no version in a digest, so every version is a pre-release", () => {
    const inputs = { "delete-only-pre-release-versions": true };
    expect(run(inputs, builds).deleted).toHaveLength(7);
    const tags: Images = { rc: { tags: ["2.0-rc.1"], age: 3 }, release: { tags: ["1.9"], age: 2 } };
    expect(ours(inputs, tags)).toEqual([["rc"], 0]);
  });

  it("stops at a hundred in one run", () => {
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`v${index}`, { age: 200 - index }]));
    const { deleted, codes } = run({ "min-versions-to-keep": 5 }, many);
    expect([deleted.length, codes]).toEqual([100, ["limited"]]);
    expect(deleted).not.toContain("v100");
  });

  it("deletes nothing when a page is missing", () => {
    const { simulate } = fromDeletePackageVersionsInputs({ "min-versions-to-keep": 0 });
    const simulation = simulate(repository(builds, { incomplete: { error: "TIMEOUT" } }), now);
    expect([simulation.deleted, simulation.warnings.map(({ code }) => code)]).toEqual([[], ["stopped"]]);
  });

  it.each<[unknown, string]>([
    [{ "num-old-versions-to-delete": 2, "min-versions-to-keep": 1 }, "num-old-versions-to-delete"],
    [{ "num-old-versions-to-delete": 2, "delete-only-pre-release-versions": true }, "num-old-versions-to-delete"],
    [{ "package-type": "npm" }, "package-type"],
    [{ "package-version-ids": "1,2" }, "package-version-ids"],
    [{ "min-versions-to-keep": "few" }, "min-versions-to-keep"],
    [{ "ignore-versions": "[" }, "ignore-versions"],
    [{ "ignored-versions": "x" }, "ignored-versions"],
  ])("refuses %j", (inputs, path) => {
    const { code, problems } = refusal(() => fromDeletePackageVersionsInputs(inputs));
    expect([code, problems.map((problem) => problem.path)]).toEqual(["INVALID_INPUT", [path]]);
  });
});
