import { expect, it } from "vitest";
import { accessTokens, at, image, openHub, password } from "./testing/open-hub.ts";

const { tag, digest } = at("docker.io/bayplan/crane");
const nothing = { tags: [], parents: [] };

async function openWith(tags: readonly string[], options: Parameters<typeof openHub>[0] = {}) {
  const hub = openHub(options);
  const built = await image("crane", ["linux/amd64", "linux/arm64"]);
  await hub.simulator.store("bayplan/crane", built, tags);
  const shown = () => Object.keys(hub.simulator.snapshot()["bayplan/crane"] ?? {});
  const isThere = () => hub.simulator.manifests("bayplan/crane").includes(built.digest);
  return { hub, built, shown, isThere };
}

it("removes one tag, and again without complaint", async () => {
  const { hub, built, shown, isThere } = await openWith(["1", "latest"]);
  await hub.registry.untag(tag("1"), built.digest);
  await hub.registry.untag(tag("1"), built.digest);
  expect(shown()).toEqual(["latest"]);
  expect(isThere()).toBe(true);
  const sent = hub.sent.filter((one) => one.method === "DELETE");
  expect(sent.map((one) => one.path)).toEqual(["/v2/repositories/bayplan/crane/tags/1/"]);
});

it("leaves a tag that has moved, by what the registry shows right before", async () => {
  const { hub, built, shown } = await openWith(["1"]);
  const other = await image("other");
  // The Hub API has not heard of it.
  await hub.simulator.store("bayplan/crane", other, ["1"]);
  await expect(hub.registry.untag(tag("1"), built.digest)).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shown()).toEqual(["1"]);
  expect(hub.count("hub.docker.com", "DELETE")).toBe(0);
});

it("does not repeat the deletion of a tag: it looks again instead", async () => {
  const { hub, built, shown } = await openWith(["1", "2"]);
  const path = /\/tags\/[12]\/$/;
  hub.simulator.inject({ match: { method: "DELETE", path }, effect: { loseResponse: true } });
  await hub.registry.untag(tag("1"), built.digest);
  expect(shown()).toEqual(["2"]);
  hub.simulator.inject({ match: { method: "DELETE", path }, effect: { status: 500 } });
  await expect(hub.registry.untag(tag("2"), built.digest)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  hub.simulator.inject({ match: { method: "DELETE", path }, effect: { reset: true } });
  await expect(hub.registry.untag(tag("2"), built.digest)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(hub.count("hub.docker.com", "DELETE")).toBe(3);
});

it("says which credentials a refused deletion of a tag needs", async () => {
  const { hub, built, shown } = await openWith(["1"], { quirks: ["dockerhub-pat-refused"] });
  const pat = Object.entries(accessTokens).find(([, scope]) => scope === "delete")?.[0] ?? "";
  const refused = hub.open({ username: "bayplan", password: pat }).untag(tag("1"), built.digest);
  await expect(refused).rejects.toMatchObject({ code: "DENIED", message: expect.stringMatching(/password/) });
  await expect(hub.anonymous.untag(tag("1"), built.digest)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(shown()).toEqual(["1"]);
  await hub.open({ username: "bayplan", password }).untag(tag("1"), built.digest);
  expect(shown()).toEqual([]);
});

it("does not take a hidden tag, or the Hub API's 404, for removed", async () => {
  const { hub, built } = await openWith(["1"]);
  const closed = at("docker.io/stranger/closed");
  await hub.simulator.store("stranger/closed", built, ["1"]);
  hub.simulator.setPrivate("stranger/closed", true);
  await expect(hub.registry.untag(closed.tag("1"), built.digest)).rejects.toMatchObject({ code: "DENIED" });
  hub.simulator.inject({ match: { method: "DELETE" }, effect: { status: 404, body: "{}" } });
  await expect(hub.registry.untag(tag("1"), built.digest)).rejects.toMatchObject({ code: "DENIED", status: 404 });
});

it("deletes an untagged manifest by its digest, then what it contained, and again without complaint", async () => {
  const { hub, built } = await openWith([]);
  await hub.registry.deleteManifest(digest(built), nothing);
  for (const child of built.children) {
    await hub.registry.deleteManifest({ ...digest(built), digest: child.descriptor.digest }, nothing);
  }
  expect(hub.simulator.manifests("bayplan/crane")).toEqual([]);
  const before = hub.sent.length;
  await hub.registry.deleteManifest(digest(built), nothing);
  expect(hub.sent.slice(before).every((one) => one.method === "HEAD" || one.host === "auth.docker.io")).toBe(true);
  expect(hub.simulator.pulls("bayplan")).toBe(0);
});

it("removes the expected tags where they stand in the way", async () => {
  const { hub, built, shown, isThere } = await openWith(["1", "latest"]);
  await hub.registry.deleteManifest(digest(built), { tags: ["latest", "1"], parents: [] });
  expect(shown()).toEqual([]);
  expect(isThere()).toBe(false);
});

it("deletes nothing with other tags than expected", async () => {
  const { hub, built, shown, isThere } = await openWith(["1", "latest"]);
  for (const tags of [[], ["1"], ["1", "latest", "2"]]) {
    const order = hub.registry.deleteManifest(digest(built), { tags, parents: [] });
    await expect(order).rejects.toMatchObject({ code: "TAG_MOVED" });
  }
  expect([shown(), isThere()]).toEqual([["1", "latest"], true]);
  expect(hub.sent.some((one) => one.method === "DELETE")).toBe(false);
});

it("deletes nothing that an index contains: unexpected or not yet deleted", async () => {
  const { hub, built } = await openWith(["1"]);
  const [child] = built.children;
  const target = { ...digest(built), digest: child?.descriptor.digest ?? built.digest };
  const stale = hub.registry.deleteManifest(target, nothing);
  await expect(stale).rejects.toMatchObject({ code: "PLAN_STALE" });
  const early = hub.registry.deleteManifest(target, { tags: [], parents: [built.digest] });
  await expect(early).rejects.toMatchObject({ code: "CONFLICT" });
  expect(hub.sent.some((one) => one.method === "DELETE")).toBe(false);
});

it("403 while referenced: an untagged index that nobody lists protects what it contains", async () => {
  const { hub, built } = await openWith([]);
  const [child] = built.children;
  const target = { ...digest(built), digest: child?.descriptor.digest ?? built.digest };
  const order = hub.registry.deleteManifest(target, nothing);
  await expect(order).rejects.toMatchObject({ code: "PLAN_STALE", status: 403 });
  expect(hub.simulator.manifests("bayplan/crane")).toContain(target.digest);
});

it("403 while referenced: a tag that the Hub API does not show yet protects its manifest", async () => {
  const { hub, built, shown } = await openWith(["1"], { quirks: ["dockerhub-stale-tags"] });
  // The list lacks the tag; the registry's own list, which confirms that, has it.
  await expect(hub.registry.deleteManifest(digest(built), nothing)).rejects.toMatchObject({ code: "INCOMPLETE" });
  const other = await image("other");
  await hub.simulator.store("bayplan/crane", other, ["2"]);
  await hub.simulator.store("bayplan/crane", other, ["2"]);
  const order = hub.registry.deleteManifest(digest(built), nothing);
  await expect(order).rejects.toMatchObject({ code: "PLAN_STALE", status: 403 });
  expect(shown()).toEqual(["1", "2"]);
});

it("dockerhub-delete-405: UNSUPPORTED, and no tag is lost", async () => {
  const { hub, built, shown } = await openWith(["1"], { quirks: ["dockerhub-delete-405"] });
  const order = hub.registry.deleteManifest(digest(built), { tags: ["1"], parents: [] });
  await expect(order).rejects.toMatchObject({ code: "UNSUPPORTED", status: 405 });
  expect(shown()).toEqual(["1"]);
});

it("takes 500 for done where the manifest is gone, and only there", async () => {
  const { hub, built, isThere } = await openWith([]);
  const match = { method: "DELETE", path: /\/manifests\// };
  const fault = hub.simulator.inject({ match, times: Number.POSITIVE_INFINITY, effect: { status: 500 } });
  await expect(hub.registry.deleteManifest(digest(built), nothing)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  fault.remove();
  expect(isThere()).toBe(true);
  hub.simulator.inject({ match, effect: { loseResponse: true } });
  await hub.registry.deleteManifest(digest(built), nothing);
  expect(isThere()).toBe(false);
});

it("deletes nothing anonymously, or where nothing is shown", async () => {
  const { hub, built } = await openWith([]);
  await expect(hub.anonymous.deleteManifest(digest(built), nothing)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  const closed = at("docker.io/stranger/closed").digest(built);
  await expect(hub.registry.deleteManifest(closed, nothing)).rejects.toMatchObject({ code: "DENIED" });
});
