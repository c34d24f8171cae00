import { expect, it } from "vitest";
import { at, drain, image, openHub } from "./testing/open-hub.ts";

const { name, tag, digest } = at("docker.io/bayplan/crane");

/** A private repository, and an adapter with a personal access token of that scope. */
async function openAs(token: string) {
  const hub = openHub();
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, ["1"]);
  await hub.simulator.store("bayplan/open", built, ["1"]);
  hub.simulator.setPrivate("bayplan/crane", true);
  return { hub, built, registry: hub.open({ username: "bayplan", password: token }) };
}

it("Public Repo Read-only reads what is public, and nothing else", async () => {
  const { registry } = await openAs("dckr_pat_dummy_public_read");
  expect(await registry.resolve(at("docker.io/bayplan/open").tag("1"))).toMatchObject({ state: "present" });
  expect(await registry.resolve(tag("1"))).toEqual({ state: "denied-or-absent" });
});

it("Read-only reads and lists, and neither writes nor deletes", async () => {
  const { hub, built, registry } = await openAs("dckr_pat_dummy_read");
  expect(await registry.resolve(tag("1"))).toMatchObject({ state: "present" });
  expect(await drain(registry.listTags(name))).toEqual(["1"]);
  expect(await drain(registry.inventory.list(name))).toHaveLength(1);
  expect(await registry.fetchManifest(tag("1"))).toMatchObject({ descriptor: built.root.descriptor });
  await expect(registry.tag(digest(built), "2", { absent: true })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  await expect(registry.untag(tag("1"), built.digest)).rejects.toMatchObject({ code: "DENIED" });
  const order = registry.deleteManifest(digest(built), { tags: ["1"], parents: [] });
  await expect(order).rejects.toMatchObject({ code: "DENIED" });
  expect(hub.simulator.snapshot()["bayplan/crane"]).toEqual({ "1": built.digest });
});

it("Read & Write also pushes and tags, and does not delete", async () => {
  const { hub, built, registry } = await openAs("dckr_pat_dummy_write");
  const other = await image("other");
  for (const blob of other.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  await registry.putManifest(name, other.root);
  await registry.tag(digest(other), "2", { absent: true });
  await expect(registry.untag(tag("1"), built.digest)).rejects.toMatchObject({ code: "DENIED" });
  const order = registry.deleteManifest(digest(built), { tags: ["1"], parents: [] });
  await expect(order).rejects.toMatchObject({ code: "DENIED" });
  expect(hub.simulator.snapshot()["bayplan/crane"]).toEqual({ "1": built.digest, "2": other.digest });
});

it("Read, Write, Delete removes tags and manifests", async () => {
  const { hub, built, registry } = await openAs("dckr_pat_dummy_delete");
  await registry.tag(digest(built), "2", { absent: true });
  await registry.untag(tag("2"), built.digest);
  await registry.deleteManifest(digest(built), { tags: ["1"], parents: [] });
  expect(hub.simulator.manifests("bayplan/crane")).toEqual([]);
});
