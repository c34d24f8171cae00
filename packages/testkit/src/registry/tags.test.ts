import { mediaTypes } from "@bayplan/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";

async function registryWith(tags: readonly string[], pageSize?: number): Promise<TestRegistry> {
  const registry = openTestRegistry(pageSize === undefined ? {} : { pageSize });
  const image = await registry.push("team/app", tags[0] ?? "only");
  const put = { body: image.root.bytes, headers: { "content-type": mediaTypes.ociManifest } };
  for (const tag of tags) await registry.send("PUT", `/v2/team/app/manifests/${tag}`, put);
  return registry;
}

async function page(registry: TestRegistry, path: string): Promise<{ tags: readonly string[]; next?: string }> {
  const response = await registry.send("GET", path);
  const [, next] = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "") ?? [];
  const { tags } = (await response.json()) as { tags: readonly string[] };
  return next === undefined ? { tags } : { tags, next };
}

describe("GET of tags/list", () => {
  it("gives all tags in lexical order, upper case first", async () => {
    const registry = await registryWith(["b", "a10", "a9", "B", "_x"]);
    expect(await page(registry, "/v2/team/app/tags/list")).toEqual({ tags: ["B", "_x", "a10", "a9", "b"] });
  });

  it("cuts pages as asked, with a relative Link to the next", async () => {
    const registry = await registryWith(["a", "b", "c", "d"]);
    const first = await page(registry, "/v2/team/app/tags/list?n=3");
    expect(first).toEqual({ tags: ["a", "b", "c"], next: "/v2/team/app/tags/list?n=3&last=c" });
    expect(await page(registry, first.next ?? "")).toEqual({ tags: ["d"] });
    expect(await page(registry, "/v2/team/app/tags/list?last=b")).toEqual({ tags: ["c", "d"] });
    expect(await page(registry, "/v2/team/app/tags/list?n=2&last=b")).toEqual({ tags: ["c", "d"] });
    expect(await page(registry, "/v2/team/app/tags/list?n=0")).toEqual({ tags: [] });
  });

  it("gives no more than its page size, whatever is asked", async () => {
    const registry = await registryWith(["a", "b", "c"], 2);
    const first = await page(registry, "/v2/team/app/tags/list?n=1000");
    expect(first.tags).toEqual(["a", "b"]);
    expect(await page(registry, first.next ?? "")).toEqual({ tags: ["c"] });
  });

  it("misses and repeats nothing, whatever the page size", async () => {
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(tag, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (tags, n) => {
          const registry = await registryWith(tags);
          const found: string[] = [];
          for (let path: string | undefined = `/v2/team/app/tags/list?n=${n}`; path !== undefined; ) {
            const { tags: some, next } = await page(registry, path);
            found.push(...some);
            path = next;
          }
          expect(found).toEqual(tags.toSorted());
        },
      ),
      { numRuns: 25 },
    );
  });

  it("refuses an unknown repository and a count that is no number", async () => {
    const registry = await registryWith(["a"]);
    expect(await registry.outcome("GET", "/v2/team/other/tags/list")).toEqual([404, "NAME_UNKNOWN"]);
    for (const n of ["-1", "x", ""]) {
      expect(await registry.outcome("GET", `/v2/team/app/tags/list?n=${n}`)).toEqual([
        400,
        "PAGINATION_NUMBER_INVALID",
      ]);
    }
  });
});

describe("routing", () => {
  it("answers the probe, 404 elsewhere, and 405 with what is allowed", async () => {
    const registry = await registryWith(["a"]);
    expect(await registry.outcome("GET", "/v2/")).toEqual([200]);
    expect((await registry.send("GET", "/v1/")).status).toBe(404);
    expect((await registry.send("GET", "/v2/_unknown")).status).toBe(404);
    const refused = await registry.send("POST", "/v2/team/app/tags/list");
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET"]);
  });

  it("finds repositories whose names look like endpoints", async () => {
    const registry = openTestRegistry();
    const image = await registry.push("manifests/blobs/tags", "v1");
    expect(registry.snapshot()).toEqual({ "manifests/blobs/tags": { v1: image.digest } });
  });
});
