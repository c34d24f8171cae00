import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { BayplanError, type BayplanErrorCode } from "../errors.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { createPlan } from "../plan/create-plan.ts";
import { codeOfRejected } from "../testing/code-of.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { storedJson } from "../testing/fake-image.ts";
import { createFakeRegistry } from "../testing/fake-registry.ts";
import { observeState } from "./observe-state.ts";
import { requirements } from "./requirements.ts";

describe("observeState", () => {
  it("resolves each reference once, lists each repository once and asks each source once", async () => {
    const world = createWorld();
    world.publish("cpython-tsan");
    const state = await observeState(world.family, world.ports);
    const asked = world.registry.calls.filter((call) => !call.startsWith("blob") && !call.startsWith("manifest"));
    expect(new Set(asked).size).toBe(asked.length);
    expect([world.python.asked, world.numpy.asked]).toEqual([1, 1]);
    // The platforms of what is already resolved are those of its digest, not of what the tag shows by now.
    expect(world.registry.calls.filter((call) => call.startsWith("manifest"))).toEqual([
      `manifest ghcr.io/o/cpython-tsan@${world.registry.digestOfTag(at("cpython-tsan"))}`,
    ]);
    expect(state.references[at("cpython-tsan")]).toMatchObject({ platforms: { "linux/amd64": expect.any(String) } });
  });

  it("asks for nothing more once it has the answers, and gives the same plan from a file", async () => {
    const world = createWorld();
    world.publish("cpython-tsan", "cpython-asan");
    const state = await observeState(world.family, world.ports);
    expect(requirements(world.family, state)).toEqual([]);
    const again = JSON.parse(JSON.stringify(state)) as typeof state;
    expect(again).toEqual(state);
    const now = world.clock.now();
    expect(createPlan(world.family, again, now).id).toBe(createPlan(world.family, state, now).id);
  });

  it("looks for staging tags of builds whose bases are there, and of no others", async () => {
    const world = createWorld();
    world.publish("cpython-tsan");
    await observeState(world.family, world.ports);
    const staged = world.registry.calls.filter((call) => call.includes(":bp-")).map((call) => call.split(":bp-")[0]);
    expect(staged).toEqual(["resolve ghcr.io/o/cpython-asan", "resolve ghcr.io/o/numpy-tsan"]);
  });

  it("looks for no staging tags when workflows publish directly", async () => {
    const world = createWorld({ ...cpythonConfig, publish: "direct" });
    await observeState(world.family, world.ports);
    expect(world.registry.calls.filter((call) => call.includes(":bp-"))).toEqual([]);
  });

  it("asks nothing about moving tags of pre-releases", async () => {
    const version = { source: "python.org", scheme: "cpython-tag", line: "3.15", prereleases: true };
    const world = createWorld({ ...cpythonConfig, version, tags: ["{version}", { alias: "{major}.{minor}" }] });
    await observeState(world.family, world.ports);
    expect(world.registry.calls.filter((call) => call.startsWith("list") || call.endsWith(":3.15"))).toEqual([]);
  });

  it("learns nothing of references when a version is not known", async () => {
    const world = createWorld();
    world.python.error = new BayplanError("UNAVAILABLE", "down");
    const state = await observeState(world.family, world.ports);
    expect(state.sources["python.org"]).toEqual({ state: "unknown", error: "UNAVAILABLE", message: "down" });
    expect([state.references, state.tags]).toEqual([{}, {}]);
  });

  it.each<BayplanErrorCode>([
    "UNAUTHORIZED",
    "DENIED",
    "RATE_LIMITED",
    "UNAVAILABLE",
    "TIMEOUT",
    "RESPONSE_INVALID",
    "NOT_ALLOWED",
  ])("keeps %s as a fact of that reference and goes on", async (code) => {
    const world = createWorld();
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, code);
    const state = await observeState(world.family, world.ports);
    expect(state.references[at("cpython-tsan")]).toMatchObject({ state: "unknown", error: code });
    expect(state.references[at("cpython-asan")]).toEqual({ state: "absent" });
  });

  it("keeps what was denied or absent as that", async () => {
    const world = createWorld();
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "denied-or-absent");
    const state = await observeState(world.family, world.ports);
    expect(state.references[at("cpython-tsan")]).toEqual({ state: "denied-or-absent" });
  });

  it.each<[string, string]>([
    ["INCOMPLETE", "unknown"],
    ["RATE_LIMITED", "unknown"],
    ["NOT_FOUND", "absent"],
  ])("takes %s of a listing as %s", async (code, expected) => {
    const world = createWorld();
    world.publish("cpython-tsan");
    world.registry.failures.set("list ghcr.io/o/cpython-tsan", code as BayplanErrorCode);
    const state = await observeState(world.family, world.ports);
    expect(state.tags["ghcr.io/o/cpython-tsan"]?.state).toBe(expected);
    expect(state.tags["ghcr.io/o/numpy-tsan"]).toEqual({ state: "absent" });
  });

  it.each<[string, object | string, string | undefined]>([
    ["an artifact without platform", { os: "", architecture: "" }, "RESPONSE_INVALID"],
    ["a config without platform", { created: "now" }, "RESPONSE_INVALID"],
    ["a config with a platform nobody has", { os: "Linux", architecture: "amd64" }, "RESPONSE_INVALID"],
    ["a config that is a list", [], "RESPONSE_INVALID"],
    ["a config that is null", "null", "RESPONSE_INVALID"],
    ["a config that is no JSON", "hello", "RESPONSE_INVALID"],
    ["a config with variant", { os: "linux", architecture: "arm", variant: "v7" }, undefined],
    ["a config with an empty variant", { os: "linux", architecture: "amd64", variant: "" }, undefined],
  ])("reads the platform of %s", async (_, config, error) => {
    const world = createWorld();
    const blob = storedJson(config, mediaTypes.ociConfig);
    const manifest = storedJson({ schemaVersion: 2, config: blob.descriptor, layers: [] }, mediaTypes.ociManifest);
    world.registry.pushManifest(at("cpython-tsan"), manifest);
    const registry = Object.assign(world.registry, {
      async *fetchBlob() {
        yield blob.bytes;
      },
    });
    const state = await observeState(world.family, { ...world.ports, registries: [registry] });
    const fact = state.references[at("cpython-tsan")];
    expect(fact).toMatchObject(error === undefined ? { state: "present" } : { state: "unknown", error });
  });

  it("reads no endless config", async () => {
    const world = createWorld();
    world.publish("cpython-tsan");
    let chunks = 0;
    const registry = Object.assign(world.registry, {
      async *fetchBlob() {
        for (; ; chunks += 1) yield new Uint8Array(1024 * 1024);
      },
    });
    const state = await observeState(world.family, { ...world.ports, registries: [registry] });
    expect(state.references[at("cpython-tsan")]).toMatchObject({ state: "unknown", error: "RESPONSE_INVALID" });
    expect(chunks).toBeLessThan(10);
  });

  it("takes a manifest that has gone meanwhile as unknown", async () => {
    const world = createWorld();
    world.publish("cpython-tsan");
    const registry = Object.assign(world.registry, { fetchManifest: async () => undefined });
    const state = await observeState(world.family, { ...world.ports, registries: [registry] });
    expect(state.references[at("cpython-tsan")]).toMatchObject({ state: "unknown", error: "NOT_FOUND" });
  });

  it("pins every platform of an external base", async () => {
    const base = "ghcr.io/lib/os:1";
    const images: FamilyConfig["images"] = { a: { workflow: "a.yml", base } };
    const world = createWorld({ ...cpythonConfig, images });
    world.registry.push(base, { platforms: ["linux/amd64", "linux/arm64"] });
    const fact = (await observeState(world.family, world.ports)).references[base];
    expect(fact?.state === "present" && Object.keys(fact.platforms ?? {})).toEqual(["linux/amd64", "linux/arm64"]);
  });

  it("keeps a tag once that the registry lists twice", async () => {
    const world = createWorld();
    world.publish("cpython-tsan");
    const registry = Object.assign(world.registry, {
      async *listTags() {
        yield* ["1", "2", "3", "1"];
      },
    });
    const state = await observeState(world.family, { ...world.ports, registries: [registry] });
    expect(state.tags["ghcr.io/o/cpython-tsan"]).toEqual({ state: "complete", tags: ["1", "2", "3"] });
  });

  it("keeps no text that a plan could not carry", async () => {
    const world = createWorld();
    const cut = new BayplanError("UNAVAILABLE", `the body was ${"😀".slice(0, 1)}`);
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, cut);
    const state = await observeState(world.family, world.ports);
    expect(createPlan(world.family, state, world.clock.now()).nodes).toHaveLength(4);
  });
});

describe("observeState: refuses", () => {
  it.each([0, 1, 100])("nothing, with %s questions at once", async (concurrency) => {
    const world = createWorld();
    expect((await observeState(world.family, world.ports, { concurrency })).formatVersion).toBe(1);
  });

  it("a missing source, also one named like a member of Object.prototype", async () => {
    for (const source of ["other", "constructor", "__proto__"]) {
      const world = createWorld({ ...cpythonConfig, version: { source, scheme: "semver" } });
      expect(await codeOfRejected(observeState(world.family, world.ports))).toBe("INVALID_INPUT");
    }
  });

  it("two adapters for one host, and a host without adapter", async () => {
    const world = createWorld();
    const twice = {
      ...world.ports,
      registries: [createFakeRegistry(["ghcr.io"]), createFakeRegistry(["ghcr.io", "x"])],
    };
    expect(await codeOfRejected(observeState(world.family, twice))).toBe("INVALID_INPUT");
    const none = { ...world.ports, registries: [] };
    expect(await codeOfRejected(observeState(world.family, none))).toBe("UNSUPPORTED");
    const images: FamilyConfig["images"] = { a: { workflow: "a.yml", base: "quay.io/o/b" } };
    const base = createWorld({ ...cpythonConfig, images });
    expect(await codeOfRejected(observeState(base.family, base.ports))).toBe("UNSUPPORTED");
  });

  it("to call a cancellation a fact", async () => {
    const world = createWorld();
    const controller = new AbortController();
    const registry = Object.assign(world.registry, {
      resolve: async () => {
        controller.abort();
        throw new BayplanError("CANCELLED", "The operation was cancelled.");
      },
    });
    const observing = observeState(
      world.family,
      { ...world.ports, registries: [registry] },
      { signal: controller.signal },
    );
    expect(await codeOfRejected(observing)).toBe("CANCELLED");
    const before = observeState(world.family, world.ports, { signal: AbortSignal.abort() });
    expect(await codeOfRejected(before)).toBe("CANCELLED");
  });

  it("to call a cancellation a fact, also when it was not the caller's", async () => {
    const world = createWorld();
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "CANCELLED");
    expect(await codeOfRejected(observeState(world.family, world.ports))).toBe("CANCELLED");
  });

  it("to stop quietly when the signal aborted and nobody noticed", async () => {
    const world = createWorld();
    const controller = new AbortController();
    const registry = Object.assign(world.registry, {
      resolve: async () => {
        controller.abort();
        return { state: "absent" as const };
      },
      async *listTags() {},
    });
    const observing = observeState(
      world.family,
      { ...world.ports, registries: [registry] },
      { signal: controller.signal },
    );
    expect(await codeOfRejected(observing)).toBe("CANCELLED");
  });

  it("to hide a bug of an adapter in a fact", async () => {
    const world = createWorld();
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, new TypeError("x is not a function"));
    expect(await codeOfRejected(observeState(world.family, world.ports))).toBe("TypeError");
  });
});
