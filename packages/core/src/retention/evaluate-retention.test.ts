import { describe, expect, it } from "vitest";
import { now, type SmallImage, smallRepository } from "../testing/retention/small-repository.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RetentionPolicy, RetentionRule } from "./retention-policy.ts";

/** Images that differ by tag and age only: the first one is the youngest, each one a day older. */
const tagged = (tags: readonly string[]) =>
  Object.fromEntries(tags.map((tag, index): [string, SmallImage] => [tag, { tags: [tag], days: index }]));

function run(images: Readonly<Record<string, SmallImage>>, policy: RetentionPolicy) {
  const repository = smallRepository(images);
  const evaluation = evaluateRetention(repository.inventory, policy, now);
  return { ...repository, evaluation, gone: repository.deleted(evaluation) };
}

const expire = (rule: Partial<Extract<RetentionRule, { readonly kind: "expire" }>>): RetentionRule => ({
  kind: "expire",
  match: { any: true },
  ...rule,
});

describe("streams", () => {
  const tags = ["1.2.1", "1.2.0", "1.2.0-alpine", "1.1.9", "1.1.8", "1.1.8-alpine", "1.1.7-alpine", "2.0.0"];

  it.each([
    ["line", ["1.1.7-alpine", "1.1.8", "1.2.0"]],
    ["major", ["1.1.7-alpine", "1.1.8", "1.1.8-alpine", "1.1.9", "1.2.0"]],
    ["variant", ["1.1.7-alpine", "1.1.8", "1.1.8-alpine", "1.1.9", "1.2.0", "2.0.0"]],
    [undefined, ["1.1.7-alpine", "1.1.8", "1.1.8-alpine", "1.1.9", "1.2.0", "1.2.0-alpine", "2.0.0"]],
  ] as const)("keeps the newest of each %s", (per, gone) => {
    expect(run(tagged(tags), { rules: [expire({ keepLast: 1, ...(per && { per }) })] }).gone).toEqual(gone);
  });

  it("counts by a group of the pattern, numbered or named", () => {
    const images = tagged(["web-3", "api-3", "web-2", "api-2", "web-1"]);
    for (const group of [1, "app"]) {
      const rule = expire({ match: { pattern: "(?P<app>[a-z]+)-\\d+" }, keepLast: 1, per: { group } });
      expect(run(images, { rules: [rule] }).gone).toEqual(["api-2", "web-1", "web-2"]);
    }
  });

  it("counts by live branch, the longest name first; tags of no live branch together", () => {
    const images = tagged(["main-3", "main-2", "main-fix-2", "main-fix-1", "old-2", "older-1"]);
    const policy = { liveBranches: ["main", "main/fix"], rules: [expire({ keepLast: 1, per: "branch" })] };
    expect(run(images, policy).gone).toEqual(["main-2", "main-fix-1", "older-1"]);
    const { evaluation } = run(images, { rules: policy.rules });
    expect(evaluation.delete).toEqual([]);
    expect(evaluation.stopped).toEqual([{ code: "live-branches-unknown", rule: "rules[0]" }]);
  });

  it("orders by version where asked, and keeps what is no version", () => {
    const images = tagged(["1.0.9", "1.1.0", "1.2.0", "nightly"]);
    const rules = [expire({ keepLast: 2, by: "version" })];
    expect(run(images, { rules }).gone).toEqual(["1.0.9"]);
    expect(run(images, { rules: [expire({ keepLast: 2 })] }).gone).toEqual(["1.2.0", "nightly"]);
  });

  it("keeps the newest pre-release of each line", () => {
    const images = tagged(["1.2.0-rc1", "1.3.0-rc1", "1.3.0-rc2", "1.2.0-rc2", "1.1.0"]);
    const match = { versions: "prerelease" } as const;
    const rules: RetentionRule[] = [
      { kind: "keep-last", match, count: 1, per: "line", by: "version" },
      { kind: "expire", match },
    ];
    expect(run(images, { rules }).gone).toEqual(["1.2.0-rc1", "1.3.0-rc1"]);
  });

  it("counts an index and the tags of its parts once", () => {
    const images: Record<string, SmallImage> = {};
    for (const build of [1, 2, 3]) {
      images[`a${build}`] = { tags: [`sha-${build}-amd64`], days: 10 - build };
      images[`b${build}`] = { tags: [`sha-${build}-arm64`], days: 10 - build };
      images[`i${build}`] = { tags: [`sha-${build}`], days: 10 - build, children: [`a${build}`, `b${build}`] };
    }
    expect(run(images, { rules: [expire({ keepLast: 2 })] }).gone).toEqual(["a1", "b1", "i1"]);
  });

  it("gives protected images no place", () => {
    const images = { ...tagged(["sha-4", "sha-3", "sha-2"]), release: { tags: ["1.0", "sha-9"], days: 0 } };
    const { gone, evaluation } = run(images, { protect: ["1.0"], rules: [expire({ keepLast: 2 })] });
    expect(gone).toEqual(["sha-2"]);
    expect(evaluation.untag).toEqual([]);
  });
});

describe("rules", () => {
  const images = tagged(["t0", "t1", "t2", "t3", "t4", "t5"]);

  it("takes number and age together, or either", () => {
    const limits = { keepLast: 2, olderThan: "3d" };
    expect(run(images, { rules: [expire(limits)] }).gone).toEqual(["t4", "t5"]);
    expect(run(images, { rules: [expire({ ...limits, when: "either" })] }).gone).toEqual(["t2", "t3", "t4", "t5"]);
    expect(run(images, { rules: [expire({ keepLast: 5, olderThan: "1d", when: "either" })] }).gone).toHaveLength(4);
  });

  it("keeps what any keep- rule keeps, wherever it stands", () => {
    const keepers: readonly RetentionRule[] = [
      { kind: "keep-last", match: { any: true }, count: 1 },
      { kind: "keep-newer", than: "2d" },
      { kind: "keep-pulled", within: "1d", match: { pattern: "t\\d" } },
    ];
    const pulled = { ...images, t5: { tags: ["t5"], days: 5, pulledDays: 1 }, u: { days: 2 }, v: { days: 3 } };
    const rules = [expire({}), { kind: "expire-untagged" } as const, ...keepers];
    expect(run(pulled, { rules }).gone).toEqual(["t3", "t4", "v"]);
  });

  it("lets the first rule that is about a tag decide it", () => {
    const rules = [expire({ match: { pattern: "t[12]" }, olderThan: "1w" }), expire({ match: { pattern: "t[23]" } })];
    expect(run(images, { rules }).gone).toEqual(["t3"]);
    const except = [expire({ except: ["t1", { pattern: "t[45]" }] })];
    expect(run(images, { rules: except }).gone).toEqual(["t0", "t2", "t3"]);
  });

  it("expires what no other rule names", () => {
    const rules: RetentionRule[] = [
      { kind: "keep-last", match: "t0", count: 1 },
      expire({ match: "t1", olderThan: "9d" }),
      { kind: "expire-unmatched", olderThan: "2d" },
    ];
    expect(run(images, { rules }).gone).toEqual(["t3", "t4", "t5"]);
  });

  it("expires by the image's own label; what cannot be read expires nothing", () => {
    const labelled = (value: string, days: number | null): SmallImage => ({
      tags: [`${value}-${days}`],
      days,
      labels: { "quay.expires-after": value, own: "1d" },
    });
    const labels = {
      a: labelled("2d", 3),
      b: labelled("2d", 2),
      c: labelled("soon", 90),
      d: labelled("1h", null),
      e: {},
    };
    expect(run(labels, { rules: [{ kind: "expire-label" }] }).gone).toEqual(["a"]);
    expect(run(labels, { rules: [{ kind: "expire-label", label: "own" }] }).gone).toEqual(["a", "b", "c"]);
  });

  it("takes orphans only when asked, and only those old enough", () => {
    const orphans: Record<string, SmallImage> = {
      signed: { tags: ["v1"] },
      signature: { subject: "signed" },
      lost: { subject: "nobody", days: 20 },
      tagged: { tags: [`sha256-${"e".repeat(64)}.sig`], days: 20 },
      fresh: { subject: "nobody", days: 1 },
      named: { subject: "nobody", tags: ["v2"] },
    };
    expect(run(orphans, { rules: [{ kind: "expire-untagged" }] }).gone).toEqual([]);
    const rules = [{ kind: "expire-orphans", olderThan: "1d" } as const];
    expect(run(orphans, { rules }).gone).toEqual(["lost", "tagged"]);
  });

  it("asks the caller's function, in its place", () => {
    const rules: RetentionRule[] = [
      {
        kind: "custom",
        name: "even ones",
        judge: ({ tag, now: at }) => {
          if (at !== now) return undefined;
          return tag === "t0"
            ? { verdict: "keep", text: "t0 is dear" }
            : /[24]/.test(tag)
              ? { verdict: "expire", text: "even" }
              : undefined;
        },
      },
      expire({ olderThan: "4d" }),
    ];
    const { gone, evaluation, digest } = run(images, { rules });
    expect(gone).toEqual(["t2", "t4", "t5"]);
    const kept = evaluation.keep.find((one) => one.digest === digest("t0"));
    expect(kept?.reasons).toEqual([{ code: "custom-rule", rule: "even ones", text: "t0 is dear", tag: "t0" }]);
  });

  it("pins what a reference names by its digest, as planPins gives it", () => {
    const rules = [expire({ olderThan: "2d" })];
    const pins = [`registry.example:5000/acme/app@${run(images, { rules }).digest("t4")}`];
    expect(run(images, { rules }).gone).toContain("t4");
    expect(run(images, { rules, pins }).gone).toEqual(["t3", "t5"]);
  });

  it("pins by a function, with its words as the reason", () => {
    const inUse = ({ tags }: { readonly tags: readonly string[] }) =>
      tags.includes("t4") ? "cluster west" : undefined;
    const { gone, evaluation, digest } = run(images, { rules: [expire({ olderThan: "2d" })], pins: [inUse] });
    expect(gone).toEqual(["t3", "t5"]);
    const kept = evaluation.keep.find((one) => one.digest === digest("t4"));
    expect(kept?.reasons).toEqual([{ code: "pinned", by: "cluster west" }]);
  });
});

describe("the graph", () => {
  const images: Record<string, SmallImage> = {
    leaf: {},
    shared: {},
    inner: { children: ["leaf", "shared"] },
    outer: { tags: ["pr-1"], children: ["inner"] },
    release: { tags: ["1.0"], children: ["shared"] },
    signature: { subject: "outer" },
    "signature of it": { subject: "signature" },
    "sbom of shared": { subject: "shared" },
  };
  const policy: RetentionPolicy = { rules: [expire({ match: { pattern: "pr-.*" }, name: "pull requests" })] };

  it("takes along what belongs to an image, and nothing that anything else needs", () => {
    const { gone, evaluation, digest } = run(images, policy);
    expect(gone).toEqual(["inner", "leaf", "outer", "signature", "signature of it"]);
    const leaf = evaluation.delete.find((one) => one.digest === digest("leaf"));
    expect(leaf?.parents).toEqual([digest("inner")]);
    expect(leaf?.reasons).toEqual([
      { code: "child-of", parent: digest("inner") },
      { code: "child-of", parent: digest("outer") },
      { code: "expired", rule: "pull requests", tag: "pr-1" },
    ]);
    const sbom = evaluation.keep.find((one) => one.digest === digest("sbom of shared"));
    expect(sbom?.reasons).toEqual([
      { code: "referrer-of", subject: digest("shared") },
      { code: "child-of", parent: digest("release") },
      { code: "no-rule", tag: "1.0" },
    ]);
  });

  it("shortens a long chain in its middle, down to the rule", () => {
    const chain: Record<string, SmallImage> = { r0: { tags: ["pr-1"] } };
    for (let place = 1; place < 300; place += 1) chain[`r${place}`] = { subject: `r${place - 1}` };
    const { evaluation, digest } = run(chain, policy);
    const last = evaluation.delete.find((one) => one.digest === digest("r299"));
    expect(last?.reasons).toHaveLength(17);
    expect(last?.reasons.at(-1)).toMatchObject({ code: "expired", tag: "pr-1" });
  });

  it("reads a manifest that is listed twice as one, with the later times", () => {
    const repository = smallRepository({ a: { tags: ["pr-1"], days: 9 } });
    const [first] = repository.inventory.manifests;
    if (first === undefined) throw new Error("nothing is listed");
    const again = { ...first, tags: ["keep"], pushedAt: now };
    const evaluation = evaluateRetention({ manifests: [first, again] }, policy, now);
    expect(evaluation.keep.map(({ tags }) => tags)).toEqual([["keep"]]);
    expect(evaluation.untag.map(({ tag }) => tag)).toEqual(["pr-1"]);
  });
});
