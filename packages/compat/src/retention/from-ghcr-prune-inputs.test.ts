import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromGhcrPruneInputs } from "./from-ghcr-prune-inputs.ts";

type Images = Readonly<Record<string, TestImage>>;

function run(inputs: unknown, images: Images) {
  const { deleted, planned, warnings } = fromGhcrPruneInputs(inputs).simulate(repository(images), now);
  return {
    deleted: labels(deleted, images),
    planned: labels(planned, images),
    codes: warnings.map(({ code }) => code),
  };
}

function ours(inputs: unknown, images: Images) {
  const evaluation = evaluateRetention(repository(images), fromGhcrPruneInputs(inputs).policy, now);
  return {
    deleted: labels(
      evaluation.delete.map((image) => image.digest),
      images,
    ),
    untagged: evaluation.untag.map(({ tag }) => tag),
  };
}

const images: Images = {
  pr: { tags: ["pr-1"], age: 9 },
  both: { tags: ["pr-2", "stable"], age: 8 },
  demo: { tags: ["pr-3", "pr-demo"], age: 7 },
  young: { tags: ["pr-4"], age: 2.9 },
  loose: { age: 6 },
};

describe("fromGhcrPruneInputs", () => {
  it("deletes an image for one of its tags; the policy takes away only the tag", () => {
    const inputs = { "prune-tags-regexes": ["^pr-"], "keep-tags": "pr-demo\n\n other " };
    expect(run(inputs, images)).toMatchObject({ deleted: ["both", "pr", "young"], codes: ["any-tag-deletes"] });
    expect(ours(inputs, images)).toEqual({ deleted: ["pr", "young"], untagged: ["pr-2"] });
  });

  it("finds expressions anywhere, and lets those that keep win", () => {
    const inputs = { "tag-regex": "r-", "keep-tags-regexes": "emo$\n^pr-1$" };
    expect(run(inputs, images).deleted).toEqual(["both", "young"]);
    expect(run({ "prune-tags-regexes": ["^pr-(?!1)"] }, images).deleted).toEqual(["both", "demo", "young"]);
    expect(ours({ "prune-tags-regexes": ["^pr-(?!1)"] }, images)).toEqual({ deleted: [], untagged: [] });
  });

  it("counts whole days", () => {
    expect(run({ "prune-tags-regexes": ["."], "keep-younger-than": "2" }, images).deleted).toContain("young");
    expect(run({ "prune-tags-regexes": ["."], "older-than": 3 }, images).deleted).not.toContain("young");
    expect(ours({ "prune-tags-regexes": ["."], "older-than": 3 }, images).deleted).not.toContain("young");
  });

  it("prunes untagged images only when asked, whatever keeps tags", () => {
    expect(run({ "prune-untagged": true, "keep-tags-regexes": [""] }, images).deleted).toEqual(["loose"]);
    expect(run({ untagged: "true" }, images).deleted).toEqual(["loose"]);
    expect(run({}, images).deleted).toEqual([]);
    const index: Images = { list: { tags: ["v1"], children: ["amd"] }, amd: {}, sbom: { subject: "list" } };
    expect(run({ untagged: true }, index)).toMatchObject({
      deleted: ["amd", "sbom"],
      codes: ["breaks-index", "deletes-referrer"],
    });
    expect(ours({ untagged: true }, index).deleted).toEqual([]);
  });

  it("keeps the newest of what it would delete", () => {
    expect(run({ "prune-tags-regexes": ["^pr"], "keep-last": 2 }, images).deleted).toEqual(["both", "pr"]);
  });

  it("takes an unknown date for old, and announces in a dry run", () => {
    const inputs = { "prune-untagged": true, "keep-younger-than": 30, "dry-run": true };
    expect(run(inputs, { a: { age: null } })).toEqual({
      deleted: [],
      planned: ["a"],
      codes: ["unknown-date-deletes"],
    });
  });

  it("gives up on a listing that ends early", () => {
    const simulation = fromGhcrPruneInputs({ untagged: true }).simulate(
      repository(images, { incomplete: { error: "TIMEOUT" } }),
      now,
    );
    expect(simulation.deleted).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{ user: "a", organization: "b" }, "user"],
    [{ "keep-last": -1 }, "keep-last"],
    [{ "keep-younger-than": "a week" }, "keep-younger-than"],
    [{ "prune-tags-regexes": ["("] }, "prune-tags-regexes"],
    [{ "prune-tag-regexes": ["a"] }, "prune-tag-regexes"],
  ])("refuses %j", (inputs, path) => {
    const { code, problems } = refusal(() => fromGhcrPruneInputs(inputs));
    expect([code, problems.map((problem) => problem.path)]).toEqual(["INVALID_INPUT", [path]]);
  });
});
