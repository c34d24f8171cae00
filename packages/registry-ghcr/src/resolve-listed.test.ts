import { digestReference, formatReference, parseReference, type Reference, type StoredBytes } from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { buildImage } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { collect, openTestGhcr, type TestGhcr, testToken } from "./testing/open-test-ghcr.ts";

const packageCount = 20;
const tagCount = 5;

/** Five tags, each on an image of its own, in each of many packages; by as few requests as can be. */
async function pushMany({ github }: TestGhcr, count = packageCount): Promise<readonly Reference[]> {
  const build = (_: unknown, tag: number) => buildImage({ platforms: ["linux/amd64"], files: { a: `${tag}` } });
  const images = await Promise.all(Array.from({ length: tagCount }, build));
  const authorization = `Bearer ${Buffer.from(testToken).toString("base64")}`;
  const send = (method: string, path: string, { descriptor, bytes }: StoredBytes) => {
    const headers = { authorization, "content-type": descriptor.mediaType };
    return github.fetch(`https://ghcr.io/v2/octo/${path}`, { method, headers, body: Uint8Array.from(bytes) });
  };
  const references: Reference[] = [];
  for (let index = 0; index < count; index += 1) {
    for (const [tag, { blobs, root }] of images.entries()) {
      for (const blob of blobs) await send("POST", `p${index}/blobs/uploads/?digest=${blob.descriptor.digest}`, blob);
      await send("PUT", `p${index}/manifests/t${tag}`, root);
      references.push(parseReference(`ghcr.io/octo/p${index}:t${tag}`));
    }
  }
  return references;
}

const states = (answers: readonly (readonly [Reference, { state: string }])[]) =>
  Object.fromEntries(answers.map(([reference, { state }]) => [formatReference(reference), state]));

describe("resolveMany with GitHub's lists", () => {
  it("costs at most 0.21 requests per reference, also where nothing is known", async () => {
    const ghcr = openTestGhcr();
    const wanted = await pushMany(ghcr, 200);
    expect(wanted).toHaveLength(1000);
    const from = ghcr.github.log.length;
    const answers = await collect(ghcr.registry.resolveMany(wanted));
    expect((ghcr.github.log.length - from) / wanted.length).toBeLessThanOrEqual(0.21);
    expect(Object.keys(states(answers))).toHaveLength(1000);
    expect(answers.every(([, { state }]) => state === "present")).toBe(true);
  }, 60_000);

  it("tells the digest, and media type and size only where they are known", async () => {
    const ghcr = openTestGhcr();
    const { digest } = await ghcr.push("one", ["v1"]);
    await ghcr.push("two", ["v2"]);
    const known = await ghcr.registry.resolve(parseReference("ghcr.io/octo/images:v2"));
    const fresh = ghcr.open({});
    await fresh.resolve(parseReference("ghcr.io/octo/images:v2"));
    const wanted = ["v1", "v2"].map((tag) => ({ ...ghcr.name, kind: "tag" as const, tag }));
    const answers = await collect(fresh.resolveMany(wanted));
    expect(Object.fromEntries(answers.map(([one, answer]) => [formatReference(one), answer]))).toEqual({
      "ghcr.io/octo/images:v1": { state: "present", descriptor: { digest } },
      "ghcr.io/octo/images:v2": known,
    });
  });

  it("asks the registry for tags that it wrote itself, which a list may not show yet", async () => {
    const ghcr = openTestGhcr();
    const one = await ghcr.push("one", ["v1", "v2", "v3"]);
    const two = await ghcr.push("two");
    ghcr.github.packages.freezeLists("octo/images", 10);
    await ghcr.registry.tag(digestReference(ghcr.name, two.digest), "v1", { digest: one.digest });
    const wanted = ["v1", "v2", "v3"].map((tag) => ({ ...ghcr.name, kind: "tag" as const, tag }));
    const answers = await collect(ghcr.registry.resolveMany(wanted));
    const v1 = answers.find(([reference]) => reference.kind === "tag" && reference.tag === "v1")?.[1];
    expect(v1).toMatchObject({ state: "present", descriptor: { digest: two.digest } });
  });

  it("and the manifest cache knows them for another process", async () => {
    const ghcr = openTestGhcr();
    const wanted = await pushMany(ghcr);
    const cache = createManifestCache();
    const filling = ghcr.open({ cache });
    for (const reference of wanted) await filling.fetchManifest(reference);
    const fresh = ghcr.open({ cache });
    const from = ghcr.github.log.length;
    const answers = await collect(fresh.resolveMany(wanted));
    expect(answers.every(([, { state }]) => state === "present")).toBe(true);
    expect(ghcr.github.log.length - from).toBeLessThanOrEqual(wanted.length * 0.21);
  });

  it("stops reading lists that tell nothing, after four", async () => {
    const ghcr = openTestGhcr();
    const wanted = await pushMany(ghcr);
    const effect = { status: 200, headers: { "content-type": "application/json" }, body: "[]" };
    const fault = ghcr.github.inject({ match: { path: "/versions" }, times: 1000, effect });
    const from = ghcr.github.log.length;
    const answers = await collect(ghcr.registry.resolveMany(wanted));
    expect(answers).toHaveLength(wanted.length);
    expect(answers.every(([, { state }]) => state === "present")).toBe(true);
    expect(fault.hits).toBe(4);
    // One 401, one account, four lists.
    expect(ghcr.github.log.length - from).toBeLessThanOrEqual(wanted.length + 6);
  });

  it("never takes for absent what a list lacks: the registry is asked", async () => {
    const ghcr = openTestGhcr();
    const { registry, github, name } = ghcr;
    await ghcr.push("one", ["v1", "v2"]);
    const one = parseReference("ghcr.io/octo/images:v1");
    await registry.resolve(one);
    github.packages.freezeLists("octo/images", 10);
    await ghcr.push("two", ["v3"]);
    const wanted = ["v1", "v2", "v3", "gone"].map((tag) => ({ ...name, kind: "tag" as const, tag }));
    expect(states(await collect(registry.resolveMany(wanted)))).toEqual({
      "ghcr.io/octo/images:v1": "present",
      "ghcr.io/octo/images:v2": "present",
      "ghcr.io/octo/images:v3": "present",
      "ghcr.io/octo/images:gone": "absent",
    });
  });

  it("reads pages only as far as they answer something", async () => {
    const ghcr = openTestGhcr();
    await ghcr.push("old", ["old1", "old2", "old3"]);
    for (let index = 0; index < 230; index += 1) await ghcr.push(`${index}`);
    await ghcr.push("new", ["new1", "new2"]);
    const at = (tag: string) => ({ ...ghcr.name, kind: "tag" as const, tag });
    await ghcr.registry.resolve(at("new1"));
    const listed = async (tags: readonly string[]) => {
      const from = ghcr.github.log.length;
      await collect(ghcr.registry.resolveMany(tags.map(at)));
      return ghcr.sent(from).filter((sent) => sent.endsWith("/versions")).length;
    };
    expect(await listed(["new1", "new2"])).toBe(1);
    expect(await listed(["old1", "old2"])).toBe(1);
    expect(await listed(["old1"])).toBe(0);
  }, 60_000);

  it.each([
    ["may not read packages", 403, { message: "You need at least read:packages scope to get a package's versions." }],
    ["is hidden", 404, { message: "Package not found." }],
    ["is broken", 200, { not: "a list" }],
  ])("asks the registry where the list %s", async (_, status, body) => {
    const ghcr = openTestGhcr();
    await ghcr.push("one", ["v1", "v2"]);
    await ghcr.registry.resolve(parseReference("ghcr.io/octo/images:v1"));
    const headers = { "content-type": "application/json" };
    const effect = { status, headers, body: JSON.stringify(body) };
    const fault = ghcr.github.inject({ match: { path: "/versions" }, times: 10, effect });
    const wanted = ["v1", "v2"].map((tag) => ({ ...ghcr.name, kind: "tag" as const, tag }));
    const answers = await collect(ghcr.registry.resolveMany(wanted));
    expect(answers.map(([, { state }]) => state)).toEqual(["present", "present"]);
    expect(fault.hits).toBe(1);
  });

  it("asks the registry where two pages contradict each other", async () => {
    const ghcr = openTestGhcr();
    const old = await ghcr.push("old", ["v1"]);
    for (let index = 0; index < 100; index += 1) await ghcr.push(`${index}`);
    const current = await ghcr.push("new", ["v2"]);
    const at = (tag: string) => ({ ...ghcr.name, kind: "tag" as const, tag });
    for (const tag of ["v1", "v2"]) await ghcr.registry.resolve(at(tag));
    // The second page is older than the first: it shows v2 where it was before it moved.
    const stale = [{ id: 1, name: old.digest, metadata: { container: { tags: ["v1", "v2"] } } }];
    const effect = { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(stale) };
    const match = (request: Request): boolean => new URL(request.url).searchParams.get("page") === "2";
    const fault = ghcr.github.inject({ match, effect });
    const answers = await collect(ghcr.registry.resolveMany(["v1", "v2", "v3", "v4"].map(at)));
    const v2 = answers.find(([reference]) => reference.kind === "tag" && reference.tag === "v2")?.[1];
    expect(fault.hits).toBe(1);
    expect(v2).toMatchObject({ state: "present", descriptor: { digest: current.digest } });
  });
});
