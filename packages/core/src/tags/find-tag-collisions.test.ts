import { describe, expect, it } from "vitest";
import { parseRepository } from "../oci/reference.ts";
import { findTagCollisions, type TagDefinition } from "./find-tag-collisions.ts";
import type { TagRule } from "./tag-rule.ts";

const repository = parseRepository("ghcr.io/o/all");
const exact: TagRule = { kind: "exact", template: "{version}" };
const minor: TagRule = { kind: "alias", template: "{major}.{minor}" };
const image = (name: string, tags: readonly TagRule[]) => ({ name, repository, tags });
const names = (definition: TagDefinition, options = {}) =>
  findTagCollisions(definition, options).map(({ kind, name }) => `${kind} ${name}`);

describe("findTagCollisions", () => {
  it("names both images that write one tag", () => {
    const definition = { images: [image("web", [exact]), image("api", [exact])] };
    expect(findTagCollisions(definition, { versions: { "": "1.2.3" } })).toEqual([
      {
        kind: "tag",
        name: "ghcr.io/o/all:1.2.3",
        claimants: [
          { image: "web", leg: "", rule: "{version}" },
          { image: "api", leg: "", rule: "{version}" },
        ],
      },
    ]);
  });

  it("knows that prefixes, repositories and packages keep images apart", () => {
    const prefixed: TagRule = { ...exact, prefix: "{image}-" };
    const elsewhere = { ...image("api", [exact]), repository: parseRepository("ghcr.io/o/api") };
    const packaged = (name: string) => ({
      ...image(name, [exact, minor]),
      package: { name, gitTagPrefix: `${name}/`, tagPrefix: `${name}-` },
    });
    expect(names({ images: [image("web", [prefixed]), image("api", [prefixed])] })).toEqual([]);
    expect(names({ images: [image("web", [exact]), elsewhere] })).toEqual([]);
    expect(names({ images: [packaged("web"), packaged("api")] })).toEqual([]);
  });

  it("lets versions of one image compete by their order, but not variants of a version", () => {
    const legs = (...variants: string[]) =>
      variants.map((variant) => ({ id: `3.14${variant}`, scheme: "cpython-tag", line: "3.14", variant }));
    const lines = ["3.13", "3.14"].map((line) => ({ id: line, scheme: "cpython-tag", line }));
    const latest: TagRule = { kind: "alias", template: "latest" };
    const nightly: TagRule = { kind: "raw", value: "nightly", order: "any" };
    const kept: TagRule = { kind: "alias", template: "{major}.{minor}{variant}" };
    expect(names({ images: [image("a", [exact, minor, latest])], legs: lines })).toEqual([]);
    expect(names({ images: [image("a", [exact, kept])], legs: legs("", "t") })).toEqual([]);
    expect(names({ images: [image("a", [exact, minor])], legs: legs("", "t") })).toEqual(["tag ghcr.io/o/all:3.14"]);
    expect(names({ images: [image("a", [exact, nightly])], legs: lines })).toEqual(["tag ghcr.io/o/all:nightly"]);
    expect(
      names({ images: [image("a", [{ kind: "exact", template: "{release}" }])], legs: legs("", "t") }),
    ).toHaveLength(1);
  });

  it("looks at variants, cache scopes and artifacts", () => {
    const variants = [
      { name: "plain", suffix: "", default: true },
      { name: "ml", suffix: "-ml" },
    ];
    const images = [image("web", [exact]), image("web-ml", [exact])].map((each) => ({
      ...each,
      repository: parseRepository(`ghcr.io/o/${each.name}`),
    }));
    const options = { variants, versions: { "": "1.0.0" } };
    expect(names({ images }, options)).toEqual([]);
    expect(names({ images }, { ...options, cacheScope: "{image}-{release}" })).toEqual([
      "cache-scope web-1.0.0",
      "cache-scope web-ml-1.0.0",
    ]);
    // One image's variant is called as the other image.
    expect(names({ images }, { ...options, artifact: "digest-{image}{suffix}" })).toEqual(["artifact digest-web-ml"]);
    expect(names({ images }, { ...options, artifact: "digest-{image}{suffix}-{leg}x" })).toHaveLength(1);
  });

  it("builds a leg for its images and in its variants only", () => {
    const variants = [
      { name: "plain", suffix: "", default: true },
      { name: "ml", suffix: "-ml" },
    ];
    const same = [image("web", [exact]), image("api", [exact])];
    const legs = [
      { id: "1", scheme: "semver", images: ["web"] },
      { id: "2", scheme: "semver", images: ["api"] },
    ];
    expect(names({ images: same, legs }, { versions: { 1: "1.0.0", 2: "2.0.0" } })).toEqual([]);
    expect(names({ images: same, legs }, { versions: { 1: "1.0.0", 2: "1.0.0" } })).toEqual([
      "tag ghcr.io/o/all:1.0.0",
    ]);
    const apart = legs.map((leg, index) => ({ ...leg, variants: [index === 0 ? "plain" : "ml"] }));
    expect(names({ images: same, legs: apart }, { variants, versions: { 1: "1.0.0", 2: "1.0.0" } })).toEqual([]);
  });

  it("takes two rules of one image that give one tag for one claim", () => {
    expect(names({ images: [image("web", [exact, { kind: "alias", template: "{version}" }])] })).toEqual([]);
  });
});
