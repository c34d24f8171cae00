import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { attachedTag, digest, labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromGhcrCleanupInputs } from "./from-ghcr-cleanup-inputs.ts";

type Images = Readonly<Record<string, TestImage>>;

function run(inputs: unknown, images: Images) {
  const simulation = fromGhcrCleanupInputs(inputs).simulate(repository(images), now);
  return {
    deleted: labels(simulation.deleted, images),
    untagged: simulation.untagged.map(({ tag }) => tag),
    planned: labels(simulation.planned, images),
    codes: simulation.warnings.map(({ code }) => code),
  };
}

function ours(inputs: unknown, images: Images) {
  const evaluation = evaluateRetention(repository(images), fromGhcrCleanupInputs(inputs).policy, now);
  return {
    deleted: labels(
      evaluation.delete.map((image) => image.digest),
      images,
    ),
    untagged: evaluation.untag.map(({ tag }) => tag),
  };
}

const three: Images = {
  one: { tags: ["v1", "old"], age: 30 },
  two: { tags: ["v2"], age: 20 },
  three: { tags: ["v3", "latest"], age: 10 },
  none: { age: 5 },
};

describe("fromGhcrCleanupInputs: tags", () => {
  it("deletes untagged images when nothing is asked for, and nothing when an option is there, even a false one", () => {
    expect(run({}, three).deleted).toEqual(["none"]);
    expect(run({ "dry-run": "false", "older-than": "" }, three).deleted).toEqual(["none"]);
    expect(run({ "delete-ghost-images": false }, three).deleted).toEqual([]);
  });

  it("takes a tag away where others stay, and deletes when all of them go", () => {
    expect(run({ "delete-tags": "v1,v2" }, three)).toMatchObject({ deleted: ["two"], untagged: ["v1"] });
    expect(run({ tags: "v1,old" }, three)).toMatchObject({ deleted: ["one"], untagged: [] });
    expect(ours({ "delete-tags": "v1,v2" }, three)).toEqual({ deleted: ["two"], untagged: ["v1"] });
  });

  it.each([
    ["v?", "", ["two"], ["v1", "v3"]],
    ["v*", "latest", ["two"], ["v1"]],
    ["old*,v1", "", ["one"], []],
    ["v1, v2", "", [], ["v1"]],
    ["\\v2", "", ["two"], []],
    ["v", "", [], []],
    ["V2", "", [], []],
  ])("the list %s without %s", (tags, exclude, deleted, untagged) => {
    const inputs = { "delete-tags": tags, "exclude-tags": exclude };
    expect(run(inputs, three)).toMatchObject({ deleted, untagged });
  });

  it("finds an expression anywhere in a tag, also one with a look ahead", () => {
    const regex = (source: string) => ({ "delete-tags": source, "use-regex": "true" });
    expect(run(regex("^.2$"), three).deleted).toEqual(["two"]);
    expect(run(regex("^v(?!1|3)"), three).deleted).toEqual(["two"]);
    expect(fromGhcrCleanupInputs(regex("^v(?!1)")).warnings.map(({ code }) => code)).toContain("not-expressible");
    expect(ours(regex("^v(?!1|3)"), three)).toEqual({ deleted: [], untagged: [] });
  });

  it("compares an expression with digests, too, and says so", () => {
    const inputs = { "delete-tags": `${digest("three").at(-1)}$`, "use-regex": true };
    const { deleted, codes } = run(inputs, three);
    expect(deleted).toContain("three");
    expect(codes).toContain("matches-digests");
    expect(ours(inputs, three).deleted).not.toContain("three");
  });

  it("takes digests in both lists", () => {
    expect(run({ "delete-tags": digest("three") }, three).deleted).toEqual(["three"]);
    expect(run({ "exclude-tags": `${digest("none").slice(0, 20)}*` }, three).deleted).toEqual([]);
    expect(ours({ "exclude-tags": `${digest("none").slice(0, 20)}*` }, three).deleted).toEqual([]);
  });

  it("warns of spaces in a list", () => {
    expect(fromGhcrCleanupInputs({ "delete-tags": "a, b" }).warnings.map(({ code }) => code)).toContain("no-effect");
  });
});

describe("fromGhcrCleanupInputs: keeping", () => {
  it("keeps the newest images, each counted once", () => {
    expect(run({ "keep-n-tagged": "2" }, three).deleted).toEqual(["one"]);
    expect(run({ "keep-n-tagged": 1, "delete-tags": "v*,old" }, three)).toMatchObject({
      deleted: ["one", "two"],
      untagged: [],
    });
    expect(ours({ "keep-n-tagged": 2 }, three).deleted).toEqual(["one"]);
  });

  it("counts only what is old enough, and keeps what is exactly so old", () => {
    expect(run({ "keep-n-tagged": 1, "older-than": "20 days" }, three).deleted).toEqual([]);
    expect(run({ "keep-n-tagged": 0, "older-than": "20 days" }, three).deleted).toEqual(["one"]);
    expect(run({ "keep-n-tagged": 0, "older-than": "2 weeks" }, three).deleted).toEqual(["one", "two"]);
    expect(fromGhcrCleanupInputs({ "keep-n-tagged": 1, "older-than": "day" }).warnings.map(({ code }) => code)).toEqual(
      ["not-expressible"],
    );
    expect(ours({ "keep-n-tagged": 1, "older-than": "1 day" }, three).deleted).toEqual([]);
  });

  it("knows that an age in words may be none, and then deletes nothing itself", () => {
    const inputs = { "delete-untagged": true, "older-than": "a week" };
    expect(run(inputs, three).deleted).toEqual(["none"]);
    expect(ours(inputs, three).deleted).toEqual([]);
    expect(fromGhcrCleanupInputs(inputs).warnings.map(({ code }) => code)).toEqual(["no-effect", "not-expressible"]);
    expect(ours({ ...inputs, "older-than": "0 days" }, three).deleted).toEqual(["none"]);
  });

  it("takes no tag from what keep-n-tagged keeps", () => {
    const images: Images = { a: { tags: ["rc1", "x"], age: 9 }, b: { tags: ["rc2", "y"], age: 3 } };
    expect(run({ "delete-tags": "rc*", "keep-n-tagged": 1 }, images)).toMatchObject({ deleted: [], untagged: ["rc1"] });
  });

  it("keeps so many untagged images", () => {
    const images: Images = { a: { age: 3 }, b: { age: 2 }, c: { age: 1 }, d: { tags: ["t"] } };
    expect(run({ "keep-n-untagged": 1 }, images).deleted).toEqual(["a", "b"]);
    expect(ours({ "keep-n-untagged": 1 }, images).deleted).toEqual(["a", "b"]);
  });

  it("counts an image of unknown date as old, and says so", () => {
    expect(run({ "older-than": "1 year" }, { a: { age: null } })).toMatchObject({
      deleted: ["a"],
      codes: ["unknown-date-deletes"],
    });
  });
});

describe("fromGhcrCleanupInputs: the graph", () => {
  const index: Images = {
    list: { tags: ["v1"], children: ["amd", "both"] },
    other: { tags: ["v2"], children: ["both"] },
    amd: { tags: ["v1-amd"] },
    both: {},
    sig: { tags: [attachedTag("list")] },
    att: { tags: [attachedTag("sig", ".att")] },
    bundle: { subject: "list" },
    loose: {},
  };

  it("deletes with an index what no other lists, whatever tags it has, and what is attached, at any depth", () => {
    const { deleted, codes } = run({ "delete-tags": "v1", "exclude-tags": "*-amd" }, index);
    expect(deleted).toEqual(["amd", "att", "bundle", "list", "sig"]);
    expect(codes).toEqual(["deletes-protected"]);
    expect(ours({ "delete-tags": "v1", "exclude-tags": "*-amd" }, index).deleted).not.toContain("amd");
  });

  it("leaves what belongs to something alone", () => {
    expect(run({ "delete-untagged": true }, index).deleted).toEqual(["loose"]);
  });

  it("deletes the leaves of a nested index that stays when the outer one is listed first", () => {
    const nested: Images = { outer: { tags: ["v1"], children: ["inner"] }, inner: { children: ["leaf"] }, leaf: {} };
    expect(run({}, nested)).toMatchObject({ deleted: ["leaf"], codes: ["breaks-index"] });
    const { outer = {}, inner = {}, leaf = {} } = nested;
    expect(run({}, { inner, leaf, outer }).deleted).toEqual([]);
    expect(ours({}, nested).deleted).toEqual([]);
  });

  it("tells ghosts, partial images and orphans apart", () => {
    const images: Images = {
      ghost: { tags: ["g"], children: ["gone"] },
      empty: { tags: ["e"], children: [] },
      partial: { tags: ["p"], children: ["gone", "here"] },
      here: {},
      orphan: { subject: "gone" },
      signature: { tags: [attachedTag("gone", ".sbom")] },
      short: { tags: ["sha256-abc.sig"] },
    };
    expect(run({ "delete-ghost-images": true }, images).deleted).toEqual(["empty", "ghost"]);
    expect(run({ "delete-partial-images": true }, images).deleted).toEqual(["here", "partial"]);
    expect(run({ "delete-partial-images": true, "delete-ghost-images": true }, images).deleted).toEqual([
      "here",
      "partial",
    ]);
    expect(run({ "delete-orphaned-images": true }, images).deleted).toEqual(["orphan", "signature"]);
    expect(ours({ "delete-orphaned-images": true }, images).deleted).toEqual(["orphan", "signature"]);
  });
});

describe("fromGhcrCleanupInputs: runs that delete nothing", () => {
  it("announces in a dry run the image from which a tag would be taken", () => {
    const { deleted, untagged, planned } = run({ "delete-tags": "v1,v2", "dry-run": true }, three);
    expect([deleted, untagged, planned]).toEqual([[], [], ["one", "two"]]);
  });

  it("gives up when something cannot be read", () => {
    const stopped = { ...three, broken: { isUnreadable: true } };
    expect(run({}, stopped)).toMatchObject({ deleted: [], codes: ["stopped"] });
    const simulation = fromGhcrCleanupInputs({}).simulate(repository(three, { incomplete: { error: "TIMEOUT" } }), now);
    expect(simulation.deleted).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{ "delete-tag": "x" }, "delete-tag"],
    [{ tags: "a", "delete-tags": "b" }, "tags"],
    [{ "keep-n-tagged": "-1" }, "keep-n-tagged"],
    [{ "keep-n-untagged": 1, "delete-untagged": true }, "keep-n-untagged"],
    [{ "older-than": "7" }, "older-than"],
    [{ "older-than": "soon" }, "older-than"],
    [{ "delete-untagged": "yes" }, "delete-untagged"],
    [{ "use-regex": true, "delete-tags": "(" }, "delete-tags"],
  ])("refuses %j", (inputs, path) => {
    const { code, problems } = refusal(() => fromGhcrCleanupInputs(inputs));
    expect([code, problems.map((problem) => problem.path)]).toEqual(["INVALID_INPUT", [path]]);
  });

  it("suggests the input that was meant, and shows no token", () => {
    const { problems } = refusal(() =>
      fromGhcrCleanupInputs({ token: { secret: "hunter2" }, "keep-tagged-n": 1, keepnTagged: 1 }),
    );
    expect(problems.map(({ expected }) => expected).join()).toContain('did you mean "keep-n-tagged"?');
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});
