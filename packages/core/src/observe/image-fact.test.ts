import { describe, expect, it } from "vitest";
import type { ImageFacts, PlatformFacts } from "../compare/image-facts.ts";
import type { JsonValue } from "../oci/canonical-json.ts";
import { digestOfText } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { createWorld } from "../testing/cpython-world.ts";
import { familyNodes } from "./family-nodes.ts";
import { createdOf, factOfImage, imageKey, type PlatformFact } from "./image-fact.ts";
import { observeState } from "./observe-state.ts";

const digest = digestOfText("x");
const named = (name: string, of = "d") => ({
  "org.opencontainers.image.base.name": name,
  "org.opencontainers.image.base.digest": of,
});
const platform = (members: Partial<PlatformFacts> = {}): PlatformFacts => ({
  platform: "linux/amd64",
  digest,
  mediaType: mediaTypes.ociManifest,
  annotations: {},
  config: { mediaType: mediaTypes.ociConfig, digest, size: 1 },
  configDocument: {},
  layers: [],
  diffIds: [],
  labels: {},
  base: {},
  ...members,
});
const factOf = (
  members: Partial<PlatformFacts>,
  annotations: Readonly<Record<string, string>> = {},
): PlatformFact | undefined => {
  const image: ImageFacts = {
    reference: "r",
    digest,
    mediaType: "m",
    annotations,
    platforms: [platform(members)],
    attestations: [],
  };
  const fact = factOfImage(image);
  return fact.state === "read" ? fact.platforms["linux/amd64"] : undefined;
};

describe("factOfImage", () => {
  it("takes the base from the manifest's annotations, then the index's, then labels", () => {
    const members = { annotations: named("manifest"), labels: named("label") };
    expect(factOf(members, named("index"))?.base.name).toBe("manifest");
    expect(factOf({ ...members, annotations: {} }, named("index"))?.base.name).toBe("index");
    expect(factOf({ ...members, annotations: {} })?.base.name).toBe("label");
    // Half of it says nothing: whose base is the digest?
    expect(factOf({ annotations: { "org.opencontainers.image.base.digest": "d" } })?.base).toEqual({});
  });

  it.each<[JsonValue, number]>([
    [[{ created_by: "a" }, { created_by: "b" }], 2],
    [[{ created_by: "a" }, { created_by: "\ud800" }], 0],
    ["a", 0],
  ])("keeps a history of %j as %i digests", (history, length) => {
    expect(factOf({ configDocument: { history } })?.history).toHaveLength(length);
  });

  it("counts the first of several entries for one platform", () => {
    const platforms = [platform({ diffIds: ["1"] }), platform({ diffIds: ["2"] })];
    const fact = factOfImage({ reference: "r", digest, mediaType: "m", annotations: {}, platforms, attestations: [] });
    expect(fact.state === "read" && fact.platforms["linux/amd64"]?.diffIds).toEqual(["1"]);
  });
});

describe("createdOf", () => {
  it.each<[string, readonly (string | undefined)[], string | undefined]>([
    ["the oldest platform", ["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z"],
    ["nothing where one does not tell", ["2026-02-01T00:00:00Z", undefined], undefined],
    ["nothing of a reproducible build", ["1970-01-01T00:00:00Z"], undefined],
    ["nothing of what is no time", ["yesterday"], undefined],
  ])("is %s", async (_, times, expected) => {
    const world = createWorld();
    world.publish("cpython-tsan");
    const state = await observeState(world.family, world.ports);
    const [node] = familyNodes(world.family, state, world.clock.now()).nodes;
    const fact = node === undefined ? undefined : state.references[node.reference];
    if (node === undefined || fact?.state !== "present") throw new Error("the image is not there");
    const platforms = times.map((created, index) =>
      platform({ platform: `linux/p${index}`, configDocument: created === undefined ? {} : { created } }),
    );
    const image = factOfImage({ reference: "r", digest, mediaType: "m", annotations: {}, platforms, attestations: [] });
    expect(createdOf(node, state)).toBeUndefined();
    expect(createdOf(node, { ...state, images: { [imageKey(node.exact, fact.digest)]: image } })).toBe(expected);
  });
});
