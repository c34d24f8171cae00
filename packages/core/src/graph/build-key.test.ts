import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BuildKeyFormat, BuildKeyInput } from "../definition/build-key-format.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { isTag } from "../oci/tag.ts";
import { codeOf } from "../testing/code-of.ts";
import { buildKey, stagingTag } from "./build-key.ts";

const digest = (text: string) => digestOf(new TextEncoder().encode(text));
const input: BuildKeyInput = {
  source: { image: "a", workflow: "a.yml" },
  args: { version: "3.14.3t", numpy: "2.4.0" },
  platforms: [
    { platform: "linux/amd64", bases: [digest("a"), digest("b")] },
    { platform: "linux/arm64", bases: [digest("c"), digest("d")] },
  ],
};

describe("buildKey", () => {
  it("never changes: staging tags of older versions are found by it", () => {
    expect(buildKey(input)).toMatchInlineSnapshot(
      `"sha256:6d2cc206e04c5509ace16ac2e61dccb547072e75a565f37398f48f0c87fa2570"`,
    );
  });

  it("does not care for the order of platforms and members", () => {
    const { source, args, platforms } = input;
    const turned = { platforms: [...platforms].reverse(), args: { numpy: "2.4.0", version: "3.14.3t" }, source };
    expect(buildKey({ ...turned, args: { ...turned.args, version: args["version"] ?? "" } })).toBe(buildKey(input));
  });

  it.each<[string, BuildKeyInput]>([
    ["source", { ...input, source: { ...input.source, ref: "x" } }],
    ["arguments", { ...input, args: { version: "3.14.3t" } }],
    [
      "order of bases",
      { ...input, platforms: input.platforms.map((entry) => ({ ...entry, bases: [...entry.bases].reverse() })) },
    ],
    ["platforms", { ...input, platforms: input.platforms.slice(1) }],
    [
      "what belongs to which platform",
      {
        ...input,
        platforms: input.platforms.map((entry, index) => ({
          ...entry,
          bases: input.platforms[1 - index]?.bases ?? [],
        })),
      },
    ],
    ["argument moved to the source", { ...input, source: { ...input.source, ...input.args }, args: {} }],
  ])("is another for another %s", (_, other) => {
    expect(buildKey(other)).not.toBe(buildKey(input));
  });

  it("is another for any other argument", () => {
    const args = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(args, args, (left, right) => {
        const isSame = JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort());
        expect(buildKey({ ...input, args: left }) === buildKey({ ...input, args: right })).toBe(isSame);
      }),
    );
  });
});

describe("buildKey in another format", () => {
  const format: BuildKeyFormat = {
    serialise: ({ source, baseNames = [] }) => `${source["image"]} from ${baseNames.join(", ")}\n`,
    stagingTag: (key) => key.slice(7),
  };

  it("hashes the text of the format, names of bases included", () => {
    const named = { ...input, baseNames: ["x:1", "y:2"] };
    expect(buildKey(named, format)).toBe(digest("a from x:1, y:2\n"));
    expect(stagingTag(digest("a"), format)).toBe(digest("a").slice(7));
  });

  it("leaves names of bases out of our own keys", () => {
    expect(buildKey({ ...input, baseNames: ["x:1", "y:2"] })).toBe(buildKey(input));
  });

  it("refuses a staging tag that is no tag", () => {
    const broken = { ...format, stagingTag: (key: Digest) => key };
    expect(codeOf(() => stagingTag(digest("a"), broken))).toBe("INVALID_TAG");
  });
});

describe("stagingTag", () => {
  it("is a legal tag with the first 32 digits of the key", () => {
    const key = buildKey(input);
    expect(stagingTag(key)).toBe(`bp-${key.slice(7, 39)}`);
    expect(isTag(stagingTag(key))).toBe(true);
  });
});
