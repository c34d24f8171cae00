import { digestReference, tagReference } from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import type { SimulatedPackageToken } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { openTestGhcr } from "./testing/open-test-ghcr.ts";

const two = { platforms: ["linux/amd64", "linux/arm64"] };

function open(options: Parameters<typeof openTestGhcr>[0] = {}) {
  const ghcr = openTestGhcr(options);
  const at = (image: { digest: Parameters<typeof digestReference>[1] }) => digestReference(ghcr.name, image.digest);
  return { ...ghcr, at };
}

const deletions = (sent: readonly string[]) => sent.filter((one) => one.startsWith("DELETE"));

describe("deleteManifest", () => {
  it("deletes the version with its tags, by id", async () => {
    const { registry, push, at, tagsOf, sent } = open();
    await push("keep", ["latest"]);
    const image = await push("old", ["v1", "v1.0"]);
    await registry.deleteManifest?.(at(image), { tags: ["v1.0", "v1"], parents: [] });
    expect(tagsOf(image.digest)).toBeUndefined();
    expect(deletions(sent())).toEqual([
      expect.stringMatching(/^DELETE \/orgs\/octo\/packages\/container\/images\/versions\/\d+$/),
    ]);
    // Gone already is done.
    await registry.deleteManifest?.(at(image), { tags: ["v1", "v1.0"], parents: [] });
    expect(deletions(sent())).toHaveLength(1);
  });

  it("refuses a manifest that is tagged otherwise: race-tag-moved-onto-planned-digest", async () => {
    const { registry, push, at, sent, tagsOf } = open();
    await push("current", ["other"]);
    const old = await push("old", ["latest"]);
    await expect(registry.deleteManifest?.(at(old), { tags: [], parents: [] })).rejects.toMatchObject({
      code: "TAG_MOVED",
    });
    await expect(registry.deleteManifest?.(at(old), { tags: ["latest", "more"], parents: [] })).rejects.toMatchObject({
      code: "TAG_MOVED",
    });
    expect(deletions(sent())).toEqual([]);
    expect(tagsOf(old.digest)).toEqual(["latest"]);
  });

  it("is not deceived by a list that is stale about its tags", async () => {
    const { registry, push, at, github, sent } = open();
    await push("current", ["other"]);
    const old = await push("old");
    github.packages.freezeLists("octo/images", 5);
    await push("old", ["latest"]);
    await expect(registry.deleteManifest?.(at(old), { tags: [], parents: [] })).rejects.toMatchObject({
      code: "TAG_MOVED",
    });

    const moved = await push("moved", ["v1"]);
    github.packages.freezeLists("octo/images", 5);
    await push("current", ["v1"]);
    await expect(registry.deleteManifest?.(at(moved), { tags: ["v1"], parents: [] })).rejects.toMatchObject({
      code: "TAG_MOVED",
    });
    expect(deletions(sent())).toEqual([]);
  });

  it("nor by a version that is stale itself: the registry has the last word", async () => {
    const { registry, push, at, github, sent } = open();
    await push("current", ["other"]);
    const moved = await push("moved", ["v1"]);
    const [version] = github.packages.versions("octo/images");
    github.packages.freezeLists("octo/images", 5);
    await push("current", ["v1"]);
    const document = { id: version?.id, name: moved.digest, metadata: { container: { tags: ["v1"] } } };
    const effect = { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
    github.inject({ match: { method: "GET", path: /\/versions\/\d+$/ }, times: 10, effect });
    await expect(registry.deleteManifest?.(at(moved), { tags: ["v1"], parents: [] })).rejects.toMatchObject({
      code: "TAG_MOVED",
    });
    expect(deletions(sent())).toEqual([]);
  });

  it("is INCOMPLETE where the list does not show yet what the registry has", async () => {
    const { registry, push, at, github, sent } = open();
    await push("one", ["v1"]);
    github.packages.freezeLists("octo/images", 5);
    const image = await push("two");
    await expect(registry.deleteManifest?.(at(image), { tags: [], parents: [] })).rejects.toMatchObject({
      code: "INCOMPLETE",
    });
    expect(deletions(sent())).toEqual([]);
  });

  it("refuses the child of an index that was not expected, tagged or not", async () => {
    const { registry, push, sent, name } = open();
    await push("keep", ["latest"]);
    for (const tags of [["v1"], []]) {
      const index = await push(`index ${tags.length}`, tags, two);
      const [child] = index.children;
      const target = digestReference(name, child?.descriptor.digest ?? index.digest);
      await expect(registry.deleteManifest?.(target, { tags: [], parents: [] })).rejects.toMatchObject({
        code: "PLAN_STALE",
      });
      expect(deletions(sent())).toEqual([]);
    }
  });

  it("deletes an index, then its children, each index read once", async () => {
    const cache = createManifestCache();
    const { registry, push, at, name, github, tagsOf } = open({ registry: { cache } });
    await push("keep", ["latest"], two);
    const index = await push("old", ["v1"], two);
    const from = github.log.length;
    await registry.deleteManifest?.(at(index), { tags: ["v1"], parents: [] });
    for (const { descriptor } of index.children) {
      const expected = { tags: [], parents: [index.digest] };
      await registry.deleteManifest?.(digestReference(name, descriptor.digest), expected);
      expect(tagsOf(descriptor.digest)).toBeUndefined();
    }
    const reads = github.log.slice(from).filter(({ method, path }) => method === "GET" && path.includes("/manifests/"));
    // Only the index that stays is looked into, and images are never downloaded.
    expect(reads).toHaveLength(1);
  });

  it.each([
    ["last-tagged-version", "the last tagged version"],
    ["too-many-downloads", "a public version with more than 5,000 downloads"],
  ])("classifies %s: GitHub keeps %s", async (reason) => {
    const { registry, push, at, github, tagsOf } = open({ packages: { publicPackages: ["octo/images"] } });
    if (reason === "too-many-downloads") await push("other", ["v0"]);
    const image = await push("one", ["v1"]);
    if (reason === "too-many-downloads") github.packages.setDownloads("octo/images", image.digest, 5001);
    await expect(registry.deleteManifest?.(at(image), { tags: ["v1"], parents: [] })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      status: 400,
      problems: [{ path: "version", found: reason }],
    });
    expect(tagsOf(image.digest)).toEqual(["v1"]);
  });

  it.each<[string, SimulatedPackageToken]>([
    [
      "a classic token without delete:packages",
      { kind: "classic", login: "mona", scopes: ["read:packages", "write:packages"], roles: { octo: "admin" } },
    ],
    [
      "a classic token without the role, which GitHub answers 404",
      { kind: "classic", login: "hubot", scopes: ["read:packages", "delete:packages"], roles: { octo: "write" } },
    ],
    ["a workflow without write", { kind: "workflow", packages: "read", roles: { octo: "admin" } }],
    ["a workflow without the role", { kind: "workflow", packages: "write", roles: { octo: "write" } }],
  ])("is DENIED, and never taken for gone, with %s", async (_, token) => {
    const { open: another, push, at, tagsOf } = open({ tokens: { limited: token } });
    await push("keep", ["latest"]);
    const image = await push("one", ["v1"]);
    const registry = another({ token: "limited" });
    await expect(registry.deleteManifest?.(at(image), { tags: ["v1"], parents: [] })).rejects.toMatchObject({
      code: "DENIED",
    });
    expect(tagsOf(image.digest)).toEqual(["v1"]);
  });

  it("is DENIED where GitHub hides a package that the registry shows", async () => {
    const { registry, push, at, name, github } = open();
    await push("keep", ["latest"]);
    const image = await push("one", ["v1"]);
    const body = JSON.stringify({ message: "Package not found." });
    const effect = { status: 404, headers: { "content-type": "application/json" }, body };
    github.inject({ match: { path: "/versions" }, times: 100, effect });
    await expect(registry.deleteManifest?.(at(image), { tags: ["v1"], parents: [] })).rejects.toMatchObject({
      code: "DENIED",
    });
    await expect(registry.untag?.(tagReference(name, "v1"), image.digest)).rejects.toMatchObject({ code: "DENIED" });
  });

  it("survives a deletion whose answer is lost, and one that somebody else was quicker with", async () => {
    const { registry, push, at, github, tagsOf } = open();
    await push("keep", ["latest"]);
    const image = await push("one", ["v1"]);
    github.inject({ match: { method: "DELETE" }, effect: { loseResponse: true } });
    await registry.deleteManifest?.(at(image), { tags: ["v1"], parents: [] });
    expect(tagsOf(image.digest)).toBeUndefined();

    const other = await push("two");
    const before = async (): Promise<void> => {
      await open2.deleteManifest?.(at(other), { tags: [], parents: [] });
    };
    const open2 = (await import("./create-ghcr-registry.ts")).createGhcrRegistry({
      token: "ghp_secretsecretsecretsecretsecret0000",
      fetch: (url, init) => github.fetch(url, init),
      throttle: false,
    });
    github.inject({ match: { method: "DELETE" }, effect: { before } });
    await registry.deleteManifest?.(at(other), { tags: [], parents: [] });
    expect(tagsOf(other.digest)).toBeUndefined();
  });

  it("says RATE_LIMITED for secondary limits", async () => {
    const { registry, push, at, github } = open();
    await push("keep", ["latest"]);
    const image = await push("one");
    const effect = { status: 403, headers: { "retry-after": "3600" } };
    github.inject({ match: { method: "DELETE" }, effect });
    await expect(registry.deleteManifest?.(at(image), { tags: [], parents: [] })).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: 3_600_000,
    });
  });
});

describe("restore", () => {
  it("brings back what was deleted, once", async () => {
    const { registry, push, at, name, tagsOf } = open();
    await push("keep", ["latest"]);
    const image = await push("one", ["v1"]);
    await registry.deleteManifest?.(at(image), { tags: ["v1"], parents: [] });
    expect(await registry.resolve(tagReference(name, "v1"))).toEqual({ state: "absent" });
    await registry.restore?.(at(image));
    await registry.restore?.(at(image));
    expect(tagsOf(image.digest)).toEqual(["v1"]);
    await expect(
      registry.restore?.(digestReference(name, `sha256:${"0".repeat(64)}` as typeof image.digest)),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("for packages of a user needs that user's token", async () => {
    const hubot: SimulatedPackageToken = {
      kind: "classic",
      login: "hubot",
      scopes: ["read:packages", "write:packages", "delete:packages"],
      roles: { mona: "admin" },
    };
    const {
      registry,
      open: another,
      push,
    } = open({
      tokens: { hubot },
      packages: { owners: { mona: "User", hubot: "User" } },
    });
    const repository = { registry: "ghcr.io", repository: "mona/tools" };
    await push("keep", ["latest"], { repository });
    const image = await push("one", ["v1"], { repository });
    const target = digestReference(repository, image.digest);
    await registry.deleteManifest?.(target, { tags: ["v1"], parents: [] });
    await expect(another({ token: "hubot" }).restore?.(target)).rejects.toMatchObject({ code: "DENIED" });
    await registry.restore?.(target);
    expect(await registry.resolve(target)).toMatchObject({ state: "present" });
  });
});
