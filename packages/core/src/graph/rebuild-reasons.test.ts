import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BuildKeyInput } from "../definition/build-key-format.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import type { Reason } from "../reason.ts";
import { explain } from "../report/explain.ts";
import { buildKey } from "./build-key.ts";
import { rebuildReasons } from "./rebuild-reasons.ts";

const digest = (text: string): Digest => digestOf(new TextEncoder().encode(text));
const before: BuildKeyInput = {
  source: { commit: "1", file: "Dockerfile" },
  args: { version: "3.14", debug: "no" },
  baseNames: ["python:3", "debian:13"],
  platforms: [
    { platform: "linux/amd64", bases: [digest("a"), digest("b")] },
    { platform: "linux/arm64", bases: [digest("c"), digest("d")] },
  ],
};
const [amd64, arm64] = before.platforms;

describe("rebuildReasons", () => {
  it.each<[string, Partial<BuildKeyInput>, readonly Reason[]]>([
    ["nothing", {}, []],
    [
      "source and argument",
      { source: { commit: "2", file: "Dockerfile" }, args: { version: "3.14", fast: "yes" } },
      [
        { code: "source-changed", name: "commit", from: "1", to: "2" },
        { code: "argument-changed", name: "debug", from: "no" },
        { code: "argument-changed", name: "fast", to: "yes" },
      ],
    ],
    [
      "a base on one platform",
      { platforms: [{ platform: "linux/amd64", bases: [digest("new"), digest("b")] }, ...(arm64 ? [arm64] : [])] },
      [
        {
          code: "base-digest-changed",
          base: "python:3",
          platform: "linux/amd64",
          from: { digest: digest("a") },
          to: { digest: digest("new") },
        },
      ],
    ],
    [
      "one base for another",
      { baseNames: ["python:3", "alpine:3"], platforms: amd64 ? [amd64] : [] },
      [
        {
          code: "base-digest-changed",
          base: "alpine:3",
          platform: "linux/amd64",
          from: { absent: true },
          to: { digest: digest("b") },
        },
        {
          code: "base-digest-changed",
          base: "debian:13",
          platform: "linux/amd64",
          from: { digest: digest("b") },
          to: { absent: true },
        },
        { code: "platform-removed", platform: "linux/arm64" },
      ],
    ],
    [
      "a platform more",
      { platforms: [...before.platforms, { platform: "linux/s390x", bases: [] }] },
      [{ code: "platform-added", platform: "linux/s390x" }],
    ],
    [
      "the order of bases",
      {
        baseNames: ["debian:13", "python:3"],
        platforms: before.platforms.map(({ platform, bases }) => ({ platform, bases: bases.toReversed() })),
      },
      [{ code: "bases-reordered" }],
    ],
  ])("tells what is different: %s", (_, change, expected) => {
    expect(rebuildReasons(before, { ...before, ...change })).toEqual(expected);
  });

  it("says of a build without predecessor that it is new", () => {
    expect(rebuildReasons(undefined, before)).toEqual([{ code: "never-built" }]);
  });

  it("names bases by their place where they have no names", () => {
    const { baseNames: _, ...unnamed } = before;
    const changed = { ...unnamed, platforms: [{ platform: "linux/amd64", bases: [digest("a"), digest("z")] }] };
    const old = { ...unnamed, platforms: amd64 ? [amd64] : [] };
    expect(rebuildReasons(old, changed)).toMatchObject([{ base: "#2" }]);
  });

  it("has a reason exactly when the key is another one, and a sentence for each", () => {
    const names = fc.subarray(["a", "b"]);
    const text = fc.constantFrom("x", "y");
    const texts = fc.dictionary(fc.constantFrom("k", "__proto__"), text);
    const input = fc.record({ source: texts, args: texts, bases: fc.array(fc.tuple(names, text), { maxLength: 3 }) });
    const platformsOf = (bases: readonly (readonly [readonly string[], string])[]) =>
      ["p", "q"].map((platform) => ({
        platform,
        bases: bases.map(([on, seed]) => digest(on.includes(platform) ? seed : "same")),
      }));
    const inputOf = ({ source, args, bases }: { source: object; args: object; bases: [string[], string][] }) => {
      const fields = { source, args } as Pick<BuildKeyInput, "source" | "args">;
      return { ...fields, platforms: platformsOf(bases), baseNames: bases.map((_, index) => `base-${index % 2}`) };
    };
    fc.assert(
      fc.property(input, input, (left, right) => {
        const [old, now] = [inputOf(left), inputOf(right)];
        const reasons = rebuildReasons(old, now);
        expect(reasons.length > 0).toBe(buildKey(old) !== buildKey(now));
        for (const reason of reasons) expect(explain(reason)).not.toContain("does not know");
      }),
      { numRuns: 300 },
    );
  });
});
