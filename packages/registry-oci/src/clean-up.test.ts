import { spawnSync } from "node:child_process";
import {
  type Digest,
  defineConfig,
  digestReference,
  evaluateRetention,
  execute,
  formatRepository,
  type Plan,
  parseInstant,
  parseRepository,
  planRetention,
  type RepositoryName,
  type RetentionPolicy,
  readRetentionInventory,
  tagReference,
} from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { buildImage, createEmbeddedRegistry, createVirtualClock, startDockerRegistry } from "@bayplan/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { createOciRegistry, type OciRegistry } from "./create-oci-registry.ts";

const policy: RetentionPolicy = {
  protect: [{ pattern: "v.*" }],
  rules: [{ kind: "expire", match: { pattern: "pr-\\d+" } }],
};

function definitionFor(name: RepositoryName) {
  return defineConfig({
    repository: formatRepository(name),
    version: { source: "none", scheme: "docker" },
    tags: ["{version}"],
    images: { app: { workflow: "build.yml" } },
    retention: policy,
  });
}

const now = parseInstant("2026-11-21T12:00:00Z");

/** Nobody says when anything was pushed, and the caller vouches that what has no tag is not used. */
async function plan(registry: OciRegistry, name: RepositoryName): Promise<Plan> {
  const inventory = await readRetentionInventory(name, registry, { untaggedNeedNothing: true });
  const evaluation = evaluateRetention(inventory, policy, now);
  return planRetention(evaluation, now, { family: "app", guards: { maxDeletions: { percent: 90 } } });
}

async function run(registry: OciRegistry, name: RepositoryName, planned: Plan) {
  const clock = createVirtualClock({ auto: true, start: now });
  const definition = definitionFor(name);
  const { outcomes, state } = await execute(
    planned,
    { registries: [registry], clock },
    { definition, allowDeletes: true },
  ).result;
  const byStep = outcomes.map((outcome) => {
    const step = planned.steps.find(({ id }) => id === outcome.step);
    const what = step?.kind === "untag" ? step.tag : step?.kind === "delete" ? step.digest : outcome.step;
    return [what, outcome.state === "refused" ? outcome.reason : outcome.state] as const;
  });
  return { state, outcomes: Object.fromEntries(byStep) };
}

async function push(registry: OciRegistry, name: RepositoryName, content: string, tags: readonly string[]) {
  const image = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files: { content }, index: true });
  for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
  for (const tag of tags) await registry.tag(digestReference(name, image.digest), tag, { absent: true });
  return image;
}

function openEmbedded(options: { readonly untags?: boolean } = {}) {
  const embedded = createEmbeddedRegistry();
  const clock = createVirtualClock({ auto: true });
  const registry = createOciRegistry({
    hosts: ["registry.test"],
    fetch: embedded.fetch,
    clock,
    untags: true,
    ...options,
  });
  return { embedded, registry, name: parseRepository("registry.test/team/app") };
}

it("takes tags away and deletes by digest, children after their index", async () => {
  const { embedded, registry, name } = openEmbedded();
  const release = await push(registry, name, "release", ["v1", "pr-1"]);
  const old = await push(registry, name, "old", ["pr-2"]);
  const planned = await plan(registry, name);
  const before = embedded.log.length;
  const { state, outcomes } = await run(registry, name, planned);
  expect(state).toBe("complete");
  const gone = [old.digest, ...old.children.map(({ descriptor }) => descriptor.digest)];
  expect(outcomes).toEqual(Object.fromEntries(["pr-1", ...gone].map((what) => [what, "done"])));
  const deletions = embedded.log.slice(before).filter(({ method }) => method === "DELETE");
  expect(deletions[1]?.path).toBe(`/v2/team/app/manifests/${old.digest}`);
  expect(embedded.snapshot()["team/app"]).toEqual({ v1: release.digest });
});

it("gives an image back that the registry deletes together with a tag, and says so", async () => {
  const { embedded, registry, name } = openEmbedded();
  const release = await push(registry, name, "release", ["v1", "pr-1"]);
  const fetch: typeof embedded.fetch = (input, init) => {
    const request = new Request(input, init);
    const url = request.url.replace(/manifests\/pr-1$/, `manifests/${release.digest}`);
    return embedded.fetch(request.method === "DELETE" ? new Request(url, request) : request);
  };
  const clock = createVirtualClock({ auto: true });
  const rough = createOciRegistry({ hosts: ["registry.test"], fetch, clock, untags: true });
  const untag = rough.untag?.(tagReference(name, "pr-1"), release.digest);
  await expect(untag).rejects.toMatchObject({ code: "UNSUPPORTED", refusal: "untag-would-delete" });
  expect(embedded.snapshot()["team/app"]).toEqual({ "pr-1": release.digest });
});

it("looks before a tag goes", async () => {
  const { embedded, registry, name } = openEmbedded();
  const [one, other] = [await push(registry, name, "one", ["pr-1"]), await push(registry, name, "other", [])];
  const untag = (tag: string, digest: Digest) => registry.untag?.(tagReference(name, tag), digest);
  await expect(untag("pr-1", other.digest)).rejects.toMatchObject({ code: "TAG_MOVED" });
  await untag("pr-9", one.digest);
  expect(embedded.log.some(({ method }) => method === "DELETE")).toBe(false);
  await untag("pr-1", one.digest);
  expect(embedded.snapshot()["team/app"]).toEqual({});
  expect((await registry.resolve(digestReference(name, one.digest))).state).toBe("present");
  expect(createOciRegistry({ hosts: ["registry.test"] }).untag).toBeUndefined();
});

it.each([400, 405])("never goes from a tag that cannot be removed (%i) to its digest", async (status) => {
  const { embedded, registry, name } = openEmbedded();
  const release = await push(registry, name, "release", ["v1", "pr-1"]);
  embedded.inject({
    match: { method: "DELETE" },
    times: 9,
    effect: { status, body: '{"errors":[{"code":"UNSUPPORTED"}]}' },
  });
  const { state, outcomes } = await run(registry, name, await plan(registry, name));
  expect([state, outcomes]).toEqual(["complete", { "pr-1": "untag-unsupported" }]);
  expect(embedded.log.filter(({ method }) => method === "DELETE")).toHaveLength(1);
  expect(embedded.snapshot()["team/app"]).toEqual({ v1: release.digest, "pr-1": release.digest });
});

it("deletes nothing where manifests without a tag are not listed, unless somebody vouches for those", async () => {
  const { registry, name } = openEmbedded();
  await push(registry, name, "release", ["v1", "pr-1"]);
  await push(registry, name, "old", ["pr-2"]);
  const inventory = await readRetentionInventory(name, registry);
  expect(inventory.covers).toBe("tagged");
  expect(inventory.manifests).toHaveLength(6);
  const careful = evaluateRetention(inventory, policy, now);
  expect(careful.delete).toEqual([]);
  expect(careful.untag.map(({ tag }) => tag).sort()).toEqual(["pr-1", "pr-2"]);
});

it("reads each manifest once ever, whatever is listed", async () => {
  const { embedded, registry, name } = openEmbedded();
  await push(registry, name, "release", ["v1", "pr-1"]);
  const cache = createManifestCache();
  const first = await readRetentionInventory(name, registry, { cache });
  const before = embedded.log.length;
  expect(await readRetentionInventory(name, registry, { cache })).toEqual(first);
  const read = embedded.log
    .slice(before)
    .filter(({ method, path }) => method === "GET" && path.includes("/manifests/"));
  expect(read).toEqual([]);
});

const server = await startDockerRegistry();
const hasSkopeo = spawnSync("skopeo", ["--version"], { stdio: "ignore" }).status === 0;

describe.skipIf(server === undefined || !hasSkopeo)(
  "docker-registry 2.8 (skipped: try apt-get install docker-registry skopeo)",
  () => {
    afterAll(() => server?.close());
    const inspects = (reference: string) =>
      spawnSync("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${reference}`], { stdio: "ignore" })
        .status === 0;

    it("deletes by digest, which skopeo no longer finds, and keeps the tag beside it", async () => {
      const name = parseRepository(`${server?.host}/team/app`);
      const registry = createOciRegistry({ hosts: [server?.host ?? ""], untags: true });
      const release = await push(registry, name, "release", ["v1", "pr-1"]);
      const old = await push(registry, name, "old", ["pr-2"]);
      const at = (digest: Digest) => `${formatRepository(name)}@${digest}`;
      const gone = [old.digest, ...old.children.map(({ descriptor }) => descriptor.digest)];
      expect([...gone, release.digest].map((digest) => inspects(at(digest)))).toEqual([true, true, true, true]);
      const { state, outcomes } = await run(registry, name, await plan(registry, name));
      expect(state).toBe("complete");
      // It cannot take a tag away: that is refused, and never turned into a deletion.
      expect(outcomes).toEqual({
        "pr-1": "untag-unsupported",
        ...Object.fromEntries(gone.map((digest) => [digest, "done"])),
      });
      await expect(registry.untag?.(tagReference(name, "pr-1"), release.digest)).rejects.toMatchObject({
        code: "UNSUPPORTED",
      });
      expect(gone.map((digest) => inspects(at(digest)))).toEqual([false, false, false]);
      expect(inspects(`${formatRepository(name)}:pr-2`)).toBe(false);
      for (const tag of ["v1", "pr-1"]) expect(inspects(`${formatRepository(name)}:${tag}`)).toBe(true);
      for (const child of release.children) expect(inspects(at(child.descriptor.digest))).toBe(true);
      await registry.close();
    });
  },
);

it("looks once for many deletions, and again at each", async () => {
  const { embedded, registry, name } = openEmbedded();
  const images = [];
  for (let place = 0; place < 12; place += 1) images.push(await push(registry, name, `old ${place}`, [`pr-${place}`]));
  for (let place = 0; place < 12; place += 1) await push(registry, name, `kept ${place}`, [`v${place}`]);
  const planned = await plan(registry, name);
  const before = embedded.log.length;
  expect((await run(registry, name, planned)).state).toBe("complete");
  const sent = embedded.log.slice(before);
  const lists = sent.filter(({ path }) => path.endsWith("/tags/list"));
  // One look for the indexes and one for what they contained, where each deletion alone would have needed its own.
  expect(lists.length).toBe(2);
  expect(sent.filter(({ method }) => method === "DELETE")).toHaveLength(36);
  expect(Object.keys(embedded.snapshot()["team/app"] ?? {})).toHaveLength(12);
});

it("keeps what changed while the others of its batch went", async () => {
  const { embedded, registry, name } = openEmbedded();
  const [one, two] = [await push(registry, name, "one", ["pr-1"]), await push(registry, name, "two", ["pr-2"])];
  const three = await push(registry, name, "three", ["v1"]);
  const orders = [one, two].map((image, at) => {
    return { target: digestReference(name, image.digest), expected: { tags: [`pr-${at + 1}`], parents: [] } };
  });
  embedded.inject({
    match: { method: "DELETE" },
    effect: {
      before: () => registry.tag(digestReference(name, three.digest), "pr-2", { digest: two.digest }).then(() => {}),
    },
  });
  const outcomes = await registry.deleteManifests?.(name, orders);
  expect(outcomes?.map(([, outcome]) => ("error" in outcome ? outcome.error.code : "deleted"))).toEqual([
    "deleted",
    "TAG_MOVED",
  ]);
  const other = parseRepository("registry.test/team/other");
  await expect(registry.deleteManifests?.(other, orders)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});
