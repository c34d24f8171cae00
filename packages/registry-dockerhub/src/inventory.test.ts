import { parseInstant } from "@bayplan/core";
import { expect, it } from "vitest";
import { at, drain, image, openHub, password } from "./testing/open-hub.ts";

const { name, tag } = at("docker.io/bayplan/crane");
const listPath = /\/tags$/;

it("lists each tagged manifest once, with its tags and the times of the tags", async () => {
  const hub = openHub();
  const [one, two] = [await image("one"), await image("two", ["linux/amd64", "linux/arm64"])];
  await hub.simulator.store("bayplan/crane", one, ["1.0", "1"]);
  await hub.clock.advance(3_600_000);
  await hub.simulator.store("bayplan/crane", two, ["2"]);
  await hub.simulator.store("bayplan/crane", one, ["latest"]);
  await hub.clock.advance(3_600_000);
  await hub.anonymous.fetchManifest(tag("1"));
  const listed = await drain(hub.registry.inventory.list(name));
  const byDigest = new Map(listed.map((manifest) => [manifest.descriptor.digest, manifest]));
  expect(listed).toHaveLength(2);
  expect(byDigest.get(one.digest)).toEqual({
    descriptor: one.root.descriptor,
    tags: expect.arrayContaining(["1.0", "1", "latest"]),
    pushedAt: parseInstant("2026-01-01T01:00:00Z"),
    pulledAt: parseInstant("2026-01-01T02:00:00Z"),
  });
  expect(byDigest.get(two.digest)).toEqual({
    descriptor: two.root.descriptor,
    tags: ["2"],
    pushedAt: parseInstant("2026-01-01T01:00:00Z"),
  });
  // No pull: sizes come from HEAD.
  expect(hub.simulator.pulls("bayplan")).toBe(0);
});

it("says that it covers what is tagged only", async () => {
  const hub = openHub();
  const [old, young] = [await image("old"), await image("young")];
  await hub.simulator.store("bayplan/crane", old, ["latest"]);
  await hub.simulator.store("bayplan/crane", young, ["latest"]);
  expect(hub.registry.inventory.covers).toBe("tagged");
  const listed = await drain(hub.registry.inventory.list(name));
  expect(listed.map((manifest) => manifest.descriptor.digest)).toEqual([young.digest]);
  expect(hub.simulator.manifests("bayplan/crane")).toContain(old.digest);
});

it("reads all pages", async () => {
  const hub = openHub();
  const tags = Array.from({ length: 250 }, (_, index) => `t${index}`);
  await hub.simulator.store("bayplan/crane", await image("crane"), tags);
  const [manifest] = await drain(hub.registry.inventory.list(name));
  expect([...(manifest?.tags ?? [])].sort()).toEqual([...tags].sort());
  expect(hub.sent.filter((one) => listPath.test(one.path))).toHaveLength(3);
});

it.each([
  ["refused", { status: 500 }, "UNAVAILABLE"],
  ["limited", { status: 429, headers: { "x-retry-after": "1767225700" }, body: "{}" }, "RATE_LIMITED"],
  ["gone", { status: 404, body: "{}" }, "INCOMPLETE"],
  ["no list", { status: 200, body: '{"detail":"hello"}' }, "RESPONSE_INVALID"],
  ["too short", { status: 200, body: '{"count":250,"next":null,"results":[]}' }, "INCOMPLETE"],
  [
    "a tag that is none",
    { status: 200, body: '{"count":1,"next":null,"results":[{"name":"../x"}]}' },
    "RESPONSE_INVALID",
  ],
  [
    "elsewhere",
    { status: 200, body: '{"count":250,"next":"https://evil.test/v2/x?page=3","results":[]}' },
    "RESPONSE_INVALID",
  ],
  [
    "in a circle",
    { status: 200, body: '{"count":250,"next":"https://hub.docker.com/v2/x?page=1","results":[]}' },
    "RESPONSE_INVALID",
  ],
])("fails when a later page is %s, and gives nothing before", async (_, effect, code) => {
  const hub = openHub();
  const tags = Array.from({ length: 250 }, (_, index) => `t${index}`);
  await hub.simulator.store("bayplan/crane", await image("crane"), tags);
  hub.simulator.inject({ match: { path: listPath }, after: 1, times: Number.POSITIVE_INFINITY, effect });
  let given = 0;
  const listing = (async () => {
    for await (const _manifest of hub.registry.inventory.list(name)) given += 1;
  })();
  await expect(listing).rejects.toMatchObject({ code });
  expect(given).toBe(0);
  expect(hub.sent.every((one) => one.host.endsWith("docker.io") || one.host === "hub.docker.com")).toBe(true);
});

it.each([
  ["deleted", "newest"],
  ["pushed again", "t0"],
])("notices that a tag was %s between two pages, which moves others", async (what, moved) => {
  const hub = openHub();
  const built = await image("crane");
  const tags = Array.from({ length: 150 }, (_, index) => `t${index}`);
  for (const group of [tags, ["newest"]]) {
    await hub.simulator.store("bayplan/crane", built, group);
    await hub.clock.advance(1_000);
  }
  const fault = hub.simulator.inject({
    match: { path: listPath },
    after: 1,
    effect: {
      before: async () => {
        if (what === "deleted") await hub.open({ username: "bayplan", password }).untag(tag(moved), built.digest);
        else await hub.simulator.store("bayplan/crane", built, [moved]);
      },
    },
  });
  await expect(drain(hub.registry.inventory.list(name))).rejects.toMatchObject({ code: "INCOMPLETE" });
  expect(fault.hits).toBe(1);
  expect((await drain(hub.registry.inventory.list(name)))[0]?.tags).toHaveLength(what === "deleted" ? 150 : 151);
});

it("dockerhub-missing-namespace-is-empty: an empty list is confirmed by the registry", async () => {
  const hub = openHub();
  const hidden = { code: "UNAUTHORIZED" };
  await expect(drain(hub.registry.inventory.list(at("docker.io/nobody/nothing").name))).rejects.toMatchObject(hidden);
  await expect(drain(hub.registry.inventory.list(at("docker.io/bayplan/nothing").name))).rejects.toMatchObject(hidden);
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built);
  expect(await drain(hub.registry.inventory.list(name))).toEqual([]);
  await hub.simulator.store("bayplan/crane", built, ["1"]);
  hub.simulator.inject({ match: { path: listPath }, effect: { status: 200, body: '{"count":0,"results":[]}' } });
  await expect(drain(hub.registry.inventory.list(name))).rejects.toMatchObject({ code: "INCOMPLETE" });
});

it("dockerhub-old-tags-without-digest: finds their manifests by HEAD", async () => {
  const hub = openHub();
  const built = await image("old");
  await hub.simulator.store("bayplan/crane", built, ["old"]);
  await hub.clock.advance(400 * 86_400_000);
  expect(await drain(hub.registry.inventory.list(name))).toEqual([
    { descriptor: built.root.descriptor, tags: ["old"], pushedAt: parseInstant("2026-01-01T00:00:00Z") },
  ]);
});

it("does not take the time of one tag for that of all, nor the year 1 for a time", async () => {
  const hub = openHub();
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, ["a", "b"]);
  const row = (tag: string, pushed: string) => ({ name: tag, digest: built.digest, tag_last_pushed: pushed });
  const page = (second: string) => ({
    status: 200,
    body: JSON.stringify({ count: 2, results: [row("a", "2025-01-01T00:00:00Z"), row("b", second)] }),
  });
  for (const never of ["0001-01-01T00:00:00Z", "soon"]) {
    hub.simulator.inject({ match: { path: listPath }, effect: page(never) });
    const [manifest] = await drain(hub.registry.inventory.list(name));
    expect(manifest).toEqual({ descriptor: built.root.descriptor, tags: ["a", "b"] });
  }
});

it("refuses names that cannot be on Docker Hub", async () => {
  const hub = openHub();
  const listing = drain(hub.registry.inventory.list(at("docker.io/a/b/c").name));
  await expect(listing).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
  expect(hub.sent).toEqual([]);
});

it("says when the Hub API may be asked again", async () => {
  const hub = openHub({ apiRequestLimit: 1 });
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  await drain(hub.anonymous.inventory.list(name));
  const listing = drain(hub.anonymous.inventory.list(name));
  await expect(listing).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
});
