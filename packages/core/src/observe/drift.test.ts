import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import type { BayplanErrorCode } from "../errors.ts";
import type { StoredBytes } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { createPlan } from "../plan/create-plan.ts";
import { createWorld, type World } from "../testing/cpython-world.ts";
import { storedJson } from "../testing/fake-image.ts";
import { observeState } from "./observe-state.ts";
import { requirements } from "./requirements.ts";

const base = "ghcr.io/lib/os:1";
const app = "ghcr.io/o/app:3.14.3t";
const config: FamilyConfig = {
  repository: "ghcr.io/o/{image}",
  version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
  images: { app: { workflow: "app.yml", base } },
  tags: ["{version}"],
  drift: "watch",
  rebuilds: "replace",
};
const family = (members: Partial<FamilyConfig> = {}): FamilyConfig => ({ ...config, ...members });

interface Built {
  readonly layers?: readonly string[];
  readonly tells?: { readonly name?: string; readonly digest: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly created?: string;
}

/** A world in which images with layers can be pushed. */
function createLayeredWorld(
  members: Partial<FamilyConfig> = {},
): World & { pushBuilt(reference: string, image: Built): Digest } {
  const world = createWorld(family(members));
  const blobs = new Map<string, StoredBytes>();
  const { fetchBlob } = world.registry;
  Object.assign(world.registry, {
    async *fetchBlob(...given: Parameters<typeof fetchBlob>) {
      const own = blobs.get(given[0].digest);
      if (own === undefined) yield* fetchBlob(...given);
      else {
        world.registry.calls.push(`blob ${given[0].digest}`);
        yield own.bytes;
      }
    },
  });
  const pushBuilt = (reference: string, { layers = [], tells, labels, created }: Built) => {
    const document = {
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: layers },
      history: layers.map((layer) => ({ created_by: `ADD ${layer}` })),
      config: { Labels: labels ?? {} },
      ...(created === undefined ? {} : { created }),
    };
    const blob = storedJson(document, mediaTypes.ociConfig);
    blobs.set(blob.descriptor.digest, blob);
    const annotations =
      tells === undefined
        ? {}
        : {
            "org.opencontainers.image.base.name": tells.name ?? base,
            "org.opencontainers.image.base.digest": tells.digest,
          };
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: blob.descriptor,
      layers: [],
      annotations,
    };
    return world.registry.pushManifest(reference, storedJson(manifest, mediaTypes.ociManifest));
  };
  return { ...world, pushBuilt };
}

async function standing(world: World): Promise<readonly [string, readonly string[]]> {
  const [node] = (await world.plan()).nodes;
  return [node?.state.state ?? "none", (node?.reasons ?? []).map(({ code }) => code)];
}

describe("drift of a base outside the family", () => {
  it.each<[string, (now: Digest) => Built, string]>([
    ["that the image's annotation names as it is now", (digest) => ({ tells: { digest } }), "built"],
    [
      "that the image's label names as it is now",
      (digest) => ({
        labels: { "org.opencontainers.image.base.name": base, "org.opencontainers.image.base.digest": digest },
      }),
      "built",
    ],
    ["that the annotation names as it was", () => ({ tells: { digest: `sha256:${"0".repeat(64)}` } }), "queued"],
    ["whose layers are its first ones", () => ({ layers: ["b1", "b2", "own"] }), "built"],
    ["whose layers are not its first ones", () => ({ layers: ["b0", "b2", "own"] }), "queued"],
    ["of which nothing tells", () => ({}), "built"],
    [
      "that an inherited label does not name",
      () => ({
        layers: ["b1", "b2"],
        labels: { "org.opencontainers.image.base.name": "x/y:1", "org.opencontainers.image.base.digest": "sha256:0" },
      }),
      "built",
    ],
  ])("%s", async (_, built, expected) => {
    const world = createLayeredWorld();
    const now = world.pushBuilt(base, { layers: ["b1", "b2"] });
    world.pushBuilt(app, built(now));
    const [state, codes] = await standing(world);
    expect([state, codes.includes("base-drifted")]).toEqual([expected, expected === "queued"]);
  });

  it("names its method, and the digest that the image tells", async () => {
    const from = `sha256:${"0".repeat(64)}`;
    const world = createLayeredWorld();
    const to = world.pushBuilt(base, { layers: ["b1"] });
    world.pushBuilt(app, { tells: { digest: from } });
    const [node] = (await world.plan()).nodes;
    const reason = { code: "base-drifted", base, platform: "linux/amd64", method: "annotation", from, to };
    expect(node?.reasons).toContainEqual(reason);
  });

  it.each<BayplanErrorCode>(["UNAVAILABLE", "RATE_LIMITED", "DENIED"])("is not concluded from %s", async (code) => {
    for (const call of ["resolve", "manifest"]) {
      for (const subject of [base, app]) {
        const world = createLayeredWorld();
        world.pushBuilt(base, { layers: ["b1"] });
        world.pushBuilt(app, { layers: ["x"] });
        const digest = world.registry.digestOfTag(subject);
        const name = call === "resolve" ? subject : `${subject.slice(0, subject.lastIndexOf(":"))}@${digest}`;
        world.registry.failures.set(`${call} ${name}`, code);
        const [state, codes] = await standing(world);
        expect(["built", "unknown"]).toContain(state);
        expect(codes).not.toContain("base-drifted");
      }
    }
  });

  it("is not looked at where the definition does not ask", async () => {
    const world = createLayeredWorld({ drift: "ignore" });
    world.pushBuilt(base, { layers: ["b1"] });
    world.pushBuilt(app, { layers: ["x"] });
    expect((await standing(world))[0]).toBe("built");
    expect(world.registry.calls).toEqual([`resolve ${app}`]);
  });

  it("is not looked at in build stages", async () => {
    const images = { app: { workflow: "app.yml", base: [{ from: base, stage: "build" as const }] } };
    const world = createLayeredWorld({ images });
    world.pushBuilt(base, { layers: ["b1"] });
    world.pushBuilt(app, { layers: ["x"] });
    expect((await standing(world))[0]).toBe("built");
  });
});

describe("adoption", () => {
  it.each<[NonNullable<FamilyConfig["adopt"]>, Built, string]>([
    ["trust", {}, "built"],
    ["trust", { layers: ["b1", "own"] }, "built"],
    ["trust", { layers: ["x"] }, "queued"],
    ["verify", {}, "queued"],
    ["verify", { layers: ["b1", "own"] }, "built"],
    ["verify", { layers: ["x"] }, "queued"],
    ["rebuild", { layers: ["b1", "own"] }, "queued"],
  ])("%s of %j is %s", async (adopt, built, expected) => {
    const world = createLayeredWorld({ adopt, drift: "watch" });
    world.pushBuilt(base, { layers: ["b1"] });
    world.pushBuilt(app, built);
    expect((await standing(world))[0]).toBe(expected);
  });

  it.each(["verify", "rebuild"] as const)(
    "%s does nothing while it is not known whether its build is there",
    async (adopt) => {
      for (const answer of ["UNAVAILABLE", "denied-or-absent"] as const) {
        const world = createLayeredWorld({ adopt });
        world.pushBuilt(base, { layers: ["b1"] });
        world.pushBuilt(app, { layers: ["b1"] });
        await world.plan();
        const asked = world.registry.calls.find((call) => call.includes(":bp-")) ?? "";
        world.registry.failures.set(asked, answer);
        expect((await standing(world))[0]).toBe("built");
      }
    },
  );

  it("verifies that all platforms are there", async () => {
    const world = createLayeredWorld({ adopt: "verify", platforms: ["linux/amd64", "linux/arm64"] });
    world.registry.push(base, { platforms: ["linux/amd64", "linux/arm64"] });
    world.pushBuilt(app, { tells: { digest: world.registry.digestOfTag(base) ?? "" } });
    expect(await standing(world)).toMatchObject(["queued", expect.arrayContaining(["platforms-differ"])]);
  });

  it.each<NonNullable<FamilyConfig["adopt"]>>(["trust", "verify", "rebuild"])(
    "%s ends: what was built again is right, and proven by its key alone",
    async (adopt) => {
      const world = createLayeredWorld({ adopt });
      world.pushBuilt(base, { layers: ["b1"] });
      world.pushBuilt(app, { layers: ["x"] });
      const first = await world.plan();
      expect(first.steps.map(({ kind }) => kind)).toContain("build");
      expect((await world.execute(first)).outcomes.map(({ state }) => state)).not.toContain("failed");
      world.registry.calls.length = 0;
      expect((await world.plan()).steps).toEqual([]);
      const digest = world.registry.digestOfTag(app);
      // Nothing of the image itself had to be read.
      expect(world.registry.calls.filter((call) => call.includes(`app@${digest}`))).toEqual([]);
      // And again when the base changes.
      world.pushBuilt(base, { layers: ["b2"] });
      const second = await world.plan();
      if (adopt !== "trust") expect(second.steps.map(({ kind }) => kind)).toContain("build");
    },
  );
});

describe("what is asked", () => {
  it("is asked once, also by images that share a base", async () => {
    const images = Object.fromEntries(["a", "b", "c"].map((name) => [name, { workflow: "w.yml", base }]));
    const world = createLayeredWorld({ images });
    world.pushBuilt(base, { layers: ["b1"] });
    for (const name of Object.keys(images)) world.pushBuilt(`ghcr.io/o/${name}:3.14.3t`, { layers: ["b1", name] });
    const state = await observeState(world.family, world.ports);
    const resolved = world.registry.calls.filter((call) => call.startsWith("resolve"));
    expect(new Set(resolved).size).toBe(resolved.length);
    expect(Object.keys(state.images ?? {})).toHaveLength(4);
    expect((await world.plan()).steps).toEqual([]);
  });

  it("is asked once and to its end, whatever is there and whatever fails", async () => {
    const codes = fc.constantFrom<BayplanErrorCode | "denied-or-absent">("UNAVAILABLE", "DENIED", "denied-or-absent");
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          adopt: fc.constantFrom("trust" as const, "verify" as const),
          drift: fc.constantFrom("ignore" as const, "watch" as const),
          publish: fc.constantFrom("staged" as const, "direct" as const),
          deniedMeans: fc.constantFrom("unknown" as const, "absent" as const),
          rebuilds: fc.constantFrom("keep" as const, "replace" as const),
        }),
        fc.subarray([base, app, "ghcr.io/o/next:3.14.3t"]),
        fc.dictionary(fc.constantFrom(`resolve ${base}`, `resolve ${app}`, "resolve ghcr.io/o/next:3.14.3t"), codes),
        fc.array(fc.constantFrom("b1", "b2", "x"), { maxLength: 3 }),
        async (members, there, failures, layers) => {
          const images = { app: { workflow: "app.yml", base }, next: { workflow: "next.yml", base: "app" } };
          const world = createLayeredWorld({ ...members, images });
          for (const reference of there) world.pushBuilt(reference, { layers: reference === base ? ["b1"] : layers });
          for (const [call, code] of Object.entries(failures)) world.registry.failures.set(call, code);
          const state = await observeState(world.family, world.ports);
          const resolved = world.registry.calls.filter((call) => call.startsWith("resolve"));
          expect(new Set(resolved).size).toBe(resolved.length);
          const before = JSON.stringify(state);
          expect(requirements(world.family, state)).toEqual([]);
          const plan = createPlan(world.family, state, world.clock.now());
          expect(JSON.stringify(state)).toBe(before);
          // Nothing is concluded of what could not be learnt.
          for (const { reference, state: of } of plan.nodes) {
            const fact = state.references[reference];
            if (fact?.state === "unknown") expect(of.state).toBe("unknown");
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("keeps no text of the history, where secrets may be", async () => {
    const world = createLayeredWorld();
    world.pushBuilt(base, { layers: ["b1"] });
    world.pushBuilt(app, { layers: ["b1", "--password s3cret"], labels: { note: "s3cret" } });
    const { images } = await observeState(world.family, world.ports);
    const [fact] = Object.values(images ?? {});
    expect(fact?.state === "read" && fact.platforms["linux/amd64"]?.history).toHaveLength(2);
    expect(
      JSON.stringify(
        Object.values(images ?? {}).flatMap((one) =>
          one.state === "read" ? Object.values(one.platforms).map(({ history, base: of }) => [history, of]) : [],
        ),
      ),
    ).not.toContain("s3cret");
  });
});

describe("images that workflows publish directly", () => {
  it("are left as they are where nothing would prove the next build either", async () => {
    const world = createLayeredWorld({ adopt: "verify", publish: "direct" });
    world.pushBuilt(base, { layers: ["b1"] });
    world.pushBuilt(app, {});
    expect((await standing(world))[0]).toBe("built");
    world.pushBuilt(app, { layers: ["x"] });
    expect((await standing(world))[0]).toBe("queued");
  });
});
