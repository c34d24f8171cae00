import { describe, expect, it } from "vitest";
import { explain } from "../report/explain.ts";
import { codeOf } from "../testing/code-of.ts";
import { createImageStore, layerDigest } from "../testing/image-store.ts";
import { describeImage } from "./describe-image.ts";
import type { Gate, GateFacts } from "./gate.ts";
import { judgeGate, judgeGates } from "./judge-gate.ts";
import { verifyPlatforms } from "./verify-platforms.ts";

async function imageOf(config: object = {}, platforms: readonly string[] = ["linux/amd64"]) {
  const store = createImageStore();
  store.add(
    "1",
    platforms.map((platform) => ({ platform, config: { config } })),
  );
  return describeImage(store.at("1"), store.registry);
}

const scan = { mediaType: "m", digest: layerDigest("scan"), size: 1, artifactType: "application/sarif+json" };
const passes = (gate: Gate, facts: GateFacts) => judgeGate(gate, facts).passes;
const codes = (gate: Gate, facts: GateFacts) => judgeGate(gate, facts).reasons.map(({ code }) => code);

describe("gates", () => {
  it("let the image pass whose digest was handed over, however it was written to the file", async () => {
    const image = await imageOf();
    expect(passes({ kind: "digest", expected: `${image.digest}\n` }, { image })).toBe(true);
    expect(codes({ kind: "digest", expected: layerDigest("x") }, { image })).toEqual(["image-differs"]);
    for (const expected of [undefined, "", "\n", "latest", image.digest.slice(0, 20)]) {
      expect(codes({ kind: "digest", expected }, { image })).toEqual(["nothing-to-compare"]);
      expect(passes({ kind: "digest", expected }, { image })).toBe(false);
    }
  });

  it("compare with the image that was tested, at all levels", async () => {
    const gate: Gate = { kind: "same-image", levels: ["rootfs", "config-normalised"] };
    const image = await imageOf({ Env: ["A=1"] });
    expect(passes(gate, { image, other: await imageOf({ Env: ["A=1"] }) })).toBe(true);
    const other = await imageOf({ Env: ["A=2"] });
    expect(codes(gate, { image, other })).toEqual(["same-image", "image-differs"]);
    expect(passes(gate, { image, other })).toBe(false);
    expect(passes({ kind: "same-image", levels: ["rootfs"] }, { image, other })).toBe(true);
  });

  it("ask for platforms, exactly or at least", async () => {
    const image = await imageOf({}, ["linux/amd64", "linux/arm64"]);
    expect(passes({ kind: "platforms", expected: ["linux/amd64"], mode: "contains" }, { image })).toBe(true);
    expect(judgeGate({ kind: "platforms", expected: ["linux/amd64"], mode: "exact" }, { image }).reasons).toEqual([
      { code: "platforms-differ", found: ["linux/amd64", "linux/arm64"], missing: [], unexpected: ["linux/arm64"] },
    ]);
  });

  it("ask for labels on every platform", async () => {
    const image = await imageOf({ Labels: { "org.opencontainers.image.revision": "abc" } });
    const gate = (expected: Readonly<Record<string, string>>): Gate => ({ kind: "labels", expected });
    expect(passes(gate({ "org.opencontainers.image.revision": "abc" }), { image })).toBe(true);
    expect(codes(gate({ "org.opencontainers.image.revision": "abd", toString: "x" }), { image })).toEqual([
      "label-differs",
      "label-differs",
    ]);
    expect(codes(gate({}), { image })).toEqual(["nothing-to-compare"]);
    expect(codes(gate({ a: "b" }), { image: { ...image, platforms: [] } })).toEqual(["nothing-to-compare"]);
  });

  it("ask for something that refers to the image", async () => {
    const image = await imageOf();
    const gate: Gate = { kind: "referrer", artifactType: "application/sarif+json" };
    expect(passes(gate, { image, referrers: [scan] })).toBe(true);
    expect(codes(gate, { image, referrers: [{ ...scan, artifactType: "other" }] })).toEqual(["referrer-missing"]);
    expect(codes(gate, { image, referrers: [] })).toEqual(["referrer-missing"]);
    expect(codes(gate, { image })).toEqual(["nothing-to-compare"]);
    expect(passes({ kind: "referrer", artifactType: "" }, { image, referrers: [{ ...scan, artifactType: "" }] })).toBe(
      false,
    );
  });

  it("take a function, which must say true", async () => {
    const image = await imageOf();
    const gate = (judge: (facts: GateFacts) => unknown): Gate => ({
      kind: "custom",
      name: "mine",
      judge: judge as () => boolean,
    });
    expect(
      passes(
        gate((facts) => facts.image === image),
        { image },
      ),
    ).toBe(true);
    expect(
      passes(
        gate(() => false),
        { image },
      ),
    ).toBe(false);
    expect(
      passes(
        gate(() => "yes"),
        { image },
      ),
    ).toBe(false);
    const verdict = judgeGate(
      gate(() => {
        throw new Error("token=s3cret");
      }),
      { image },
    );
    expect(verdict.passes).toBe(false);
    expect(JSON.stringify(verdict)).not.toContain("s3cret");
  });

  it("never pass without an image, nor without any gate", () => {
    const gates: readonly Gate[] = [
      { kind: "digest", expected: layerDigest("x") },
      { kind: "same-image", levels: ["index"] },
      { kind: "platforms", expected: ["linux/amd64"], mode: "contains" },
      { kind: "labels", expected: { a: "b" } },
      { kind: "referrer", artifactType: "x" },
      { kind: "custom", name: "c", judge: () => true },
    ];
    const { passes: all, verdicts } = judgeGates(gates, { referrers: [scan] });
    expect(all).toBe(false);
    expect(verdicts.map((verdict) => verdict.passes)).toEqual(gates.map(() => false));
    expect(judgeGates([], {}).passes).toBe(false);
  });

  it("pass together only", async () => {
    const image = await imageOf();
    const yes: Gate = { kind: "digest", expected: image.digest };
    expect(judgeGates([yes, yes], { image }).passes).toBe(true);
    expect(judgeGates([yes, { kind: "same-image", levels: ["index"] }], { image }).passes).toBe(false);
  });

  it("can all be told to a person", async () => {
    const image = await imageOf();
    const gates: readonly Gate[] = [
      { kind: "digest", expected: image.digest },
      { kind: "digest", expected: layerDigest("x") },
      { kind: "digest", expected: "" },
      { kind: "platforms", expected: ["linux/amd64"], mode: "exact" },
      { kind: "platforms", expected: ["linux/arm64"], mode: "exact" },
      { kind: "labels", expected: { a: "b" } },
      { kind: "referrer", artifactType: "application/sarif+json" },
      { kind: "referrer", artifactType: "other" },
    ];
    const told = gates.flatMap((gate) => judgeGate(gate, { image, referrers: [scan] }).reasons).map(explain);
    expect(new Set(told).size).toBe(gates.length);
  });
});

describe("verifyPlatforms", () => {
  const image = { platforms: [{ platform: "linux/amd64" }, { platform: "linux/arm/v7" }] };
  it.each([
    [["linux/amd64", "linux/arm/v7"], "exact", true],
    [["linux/arm/v7", "linux/amd64"], "exact", true],
    [["linux/amd64"], "exact", false],
    [["linux/amd64"], "contains", true],
    [["linux/arm"], "contains", false],
    [["linux/amd64/v2"], "contains", false],
  ] as const)("%j %s: %s", (expected, mode, ok) => {
    expect(verifyPlatforms(image, expected, mode).ok).toBe(ok);
  });

  it("needs something to expect", () => {
    expect(codeOf(() => verifyPlatforms(image, [], "contains"))).toBe("INVALID_INPUT");
    expect(codeOf(() => verifyPlatforms(image, ["amd64"], "contains"))).toBe("INVALID_PLATFORM");
    expect(verifyPlatforms({ platforms: [] }, ["linux/arm64/v8"], "contains")).toEqual({
      ...{ ok: false, mode: "contains", found: [], missing: ["linux/arm64"], unexpected: [] },
    });
  });
});
