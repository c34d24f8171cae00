import { evaluateRetention } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { attachedTag, labels, now, refusal, repository, type TestImage } from "../testing/retention-images.ts";
import { fromZotRetention } from "./from-zot-retention.ts";

type Images = Readonly<Record<string, TestImage>>;

function imported(policy: unknown, more: Readonly<Record<string, unknown>> = {}) {
  const { hasDatabase = true, repository: name = "team/app", ...retention } = more;
  const document = { delay: "0s", policies: [{ repositories: ["team/**"], ...(policy as object) }], ...retention };
  return fromZotRetention(document, { repository: String(name), hasDatabase: hasDatabase === true });
}

function run(policy: unknown, images: Images, more?: Readonly<Record<string, unknown>>) {
  const simulation = imported(policy, more).simulate(repository(images), now);
  return {
    deleted: labels(simulation.deleted, images),
    untagged: simulation.untagged.map(({ tag }) => tag),
    planned: labels(simulation.planned, images),
  };
}

function ours(policy: unknown, images: Images, more?: Readonly<Record<string, unknown>>) {
  const evaluation = evaluateRetention(repository(images), imported(policy, more).policy, now);
  return labels(
    evaluation.delete.map((image) => image.digest),
    images,
  );
}

const four: Images = {
  a: { tags: ["v1"], age: 40, pulled: 3 },
  b: { tags: ["v2"], age: 30, pulled: 20 },
  c: { tags: ["dev-v3"], age: 20 },
  d: { tags: ["latest", "v4"], age: 10, pulled: 1 },
};

describe("fromZotRetention: tags", () => {
  it.each<[string, unknown, readonly string[], readonly string[]]>([
    ["no entries: all stay", [], [], []],
    ["an entry without anything: all stay", [{}], [], []],
    ["a pattern is found anywhere; what fits none goes", [{ patterns: ["v[13]"] }], ["b", "d"], []],
    ["an anchored one", [{ patterns: ["^v", "^latest$"] }], ["c"], []],
    ["one tag of an image", [{ patterns: ["^v"] }], ["c"], ["latest"]],
    ["the newest pushes", [{ mostRecentlyPushedCount: 2 }], ["a", "b", "c"], []],
    ["tags are counted, not images", [{ mostRecentlyPushedCount: 1 }], ["a", "b", "c"], ["v4"]],
    ["the newest pulls", [{ mostRecentlyPulledCount: 3 }], ["b", "c"], []],
    ["pushed within", [{ pushedWithin: "480h" }], ["a", "b", "c"], []],
    ["pulled or pushed within", [{ pulledWithin: "481h" }], [], []],
    ["either is enough", [{ mostRecentlyPushedCount: 1, pulledWithin: "96h" }], ["b", "c"], []],
    ["the first entry decides", [{ patterns: ["^v2"] }, { patterns: ["^v"], pushedWithin: "1h" }, {}], ["a"], ["v4"]],
  ])("%s", (_, keepTags, deleted, untagged) => {
    expect(run({ keepTags }, four)).toMatchObject({ deleted, untagged });
  });

  it("keeps tags of which it has no numbers, and signatures", () => {
    const images: Images = {
      unknown: { tags: ["x"], age: null, hasStatistics: false },
      app: { tags: ["v1"] },
      sig: { tags: [attachedTag("app")] },
      other: { tags: ["y"] },
    };
    expect(run({ keepTags: [{ patterns: ["^v"] }] }, images).deleted).toEqual(["other"]);
    expect(run({ keepTags: [{ patterns: ["^v"] }] }, images, { hasDatabase: false })).toMatchObject({
      deleted: ["other", "sig"],
      untagged: ["x"],
    });
  });

  it("without a database goes by patterns alone", () => {
    const keepTags = [{ patterns: ["^v"], mostRecentlyPushedCount: 1 }];
    expect(run({ keepTags }, four, { hasDatabase: false }).deleted).toEqual(["c"]);
    expect(imported({ keepTags }, { hasDatabase: false }).warnings.map(({ code }) => code)).toContain("no-effect");
    expect(ours({ keepTags }, four, { hasDatabase: false })).toEqual(["c"]);
  });

  it("says what is dangerous or without effect", () => {
    const codes = (keepTags: unknown) => imported({ keepTags }).warnings.map(({ code }) => code);
    expect(codes([{ patterns: ["a"] }])).toEqual(["unmatched-deleted"]);
    expect(codes([{ pushedWithin: "1h" }, { patterns: ["a"] }])).toEqual(["no-effect"]);
    expect(codes([{ mostRecentlyPulledCount: 2 }])).toEqual(["not-expressible"]);
  });

  it("never empties a repository by its policy", () => {
    expect(run({ keepTags: [{ patterns: ["typo"] }] }, four).deleted).toEqual(["a", "b", "c", "d"]);
    expect(ours({ keepTags: [{ patterns: ["typo"] }] }, four)).toEqual([]);
  });

  it("means the same in the policy, or less", () => {
    const keepTags = [{ patterns: ["^v2"] }, { patterns: ["^v"], pushedWithin: "480h" }];
    expect(ours({ keepTags }, four)).toEqual(run({ keepTags }, four).deleted);
    expect(ours({ keepTags: [{ pulledWithin: "96h" }] }, four)).toEqual(["b", "c"]);
    expect(ours({ keepTags: [{ mostRecentlyPulledCount: 1 }] }, four)).toEqual([]);
  });
});

describe("fromZotRetention: what has no tag", () => {
  const images: Images = {
    outer: { tags: ["v1"], children: ["inner"] },
    inner: { children: ["leaf"] },
    leaf: {},
    loose: { children: ["part"] },
    part: {},
    sbom: { subject: "outer" },
    orphan: { subject: "gone" },
    orphanSig: { tags: [attachedTag("gone")] },
  };

  it("deletes what nothing needs, by default; what is attached stays even to nothing", () => {
    expect(run({}, images).deleted).toEqual(["loose", "part"]);
    expect(run({ deleteUntagged: false }, images).deleted).toEqual([]);
    expect(ours({}, images)).toEqual(["loose", "part"]);
  });

  it("deletes what is attached to nothing when asked, and so on", () => {
    const chain: Images = { ...images, second: { subject: "orphan", tags: ["kept"] } };
    expect(run({ deleteReferrers: true }, chain).deleted).toEqual(["loose", "orphan", "orphanSig", "part", "second"]);
    expect(run({ deleteReferrers: true, deleteUntagged: false }, chain)).toMatchObject({
      deleted: ["orphan", "second"],
      untagged: [attachedTag("gone")],
    });
  });

  it("goes on until nothing changes", () => {
    const policy = { deleteReferrers: true, keepTags: [{ patterns: ["nothing"] }] };
    expect(run(policy, images).deleted).toEqual(Object.keys(images).sort());
  });

  it("waits for the delay, a day if none is given", () => {
    const fresh: Images = { young: { age: 0.5 }, old: { age: 2 }, unknown: { age: null } };
    expect(run({}, fresh, { delay: "12h1s" }).deleted).toEqual(["old"]);
    expect(run({}, fresh, { delay: "12h" }).deleted).toEqual(["old", "young"]);
    const simulation = fromZotRetention({}, { repository: "any" }).simulate(repository(fresh), now);
    expect(labels(simulation.deleted, fresh)).toEqual(["old"]);
  });

  it("keeps untagged images by their own limits", () => {
    const loose: Images = { pulled: { pulled: 2 }, newest: { age: 1 }, old: {}, unknown: { hasStatistics: false } };
    const policy = { keepUntagged: { pulledWithin: "72h", mostRecentlyPushedCount: 1 } };
    expect(run(policy, loose).deleted).toEqual(["old"]);
    expect(run(policy, loose, { hasDatabase: false }).deleted).toEqual(["newest", "old", "pulled", "unknown"]);
    expect(run({ keepUntagged: {} }, loose).deleted).toHaveLength(4);
  });

  it("drops an index of which nothing is left, but no empty one", () => {
    const indexes: Images = {
      ghost: { tags: ["g"], children: ["gone"] },
      sparse: { tags: ["s"], children: ["gone", "here"] },
      empty: { tags: ["e"], children: [] },
      here: {},
    };
    expect(run({}, indexes).deleted).toEqual(["ghost"]);
    expect(ours({}, indexes)).toEqual([]);
  });
});

describe("fromZotRetention: which policy", () => {
  const loose: Images = { tagged: { tags: ["x"] }, loose: {} };
  const policy = { keepTags: [{ patterns: ["y"] }], deleteUntagged: false };

  it.each([
    ["team/app", ["team/*"], ["tagged"]],
    ["team/a/b", ["team/*"], ["loose"]],
    ["team/a/b", ["team/**"], ["tagged"]],
    ["team", ["team/**"], ["tagged"]],
    ["app", ["{app,web}"], ["tagged"]],
    ["app1", ["app[0-9]"], ["tagged"]],
    ["appx", ["app[!0-9]", "other"], ["tagged"]],
    ["app", [], ["loose"]],
  ])("%s by %j", (name, repositories, dropped) => {
    const { deleted, untagged } = run({ ...policy, repositories }, loose, { repository: name });
    expect([...deleted, ...(untagged.length > 0 ? ["tagged"] : [])]).toEqual(dropped);
  });

  it("takes the first that fits, keys in any case, and a dry run for what it is", () => {
    const policies = [
      { repositories: ["**"], KeepTags: [{ Patterns: ["^x"] }] },
      { repositories: ["app"], keepTags: [{ patterns: ["y"] }] },
    ];
    const { simulate } = fromZotRetention({ DryRun: true, delay: "1s", policies }, { repository: "app" });
    const simulation = simulate(repository(loose), now);
    expect([simulation.deleted, labels(simulation.planned, loose)]).toEqual([[], ["loose"]]);
  });

  it("gives up when a manifest cannot be read", () => {
    expect(run({}, { ...loose, broken: { isUnreadable: true } }).deleted).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{ delay: "1 day" }, "delay"],
    [{ policies: [{ repositories: ["a["] }] }, "policies[0].repositories"],
    [{ policies: [{ keepTags: [{ patterns: ["(?=a)"] }] }] }, "policies[0].keepTags"],
    [{ policies: [{ keepTags: [{ pushedwithin: "1x" }] }] }, "policies[0].keepTags[0].pushedWithin"],
    [{ policies: [{ keepTag: [] }] }, "policies[0].keepTag"],
    [
      { policies: [{ keepTags: [{ mostRecentlyPushedCount: -1 }] }] },
      "policies[0].keepTags[0].mostRecentlyPushedCount",
    ],
  ])("refuses %j", (document, path) => {
    const { code, problems } = refusal(() => fromZotRetention(document, { repository: "app" }));
    expect([code, problems.map((problem) => problem.path)]).toEqual(["INVALID_INPUT", [path]]);
  });
});
