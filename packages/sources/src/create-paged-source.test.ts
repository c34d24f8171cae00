import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BayplanError } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createFileSourceCache } from "./create-file-source-cache.ts";
import { createJsonSource, type JsonSourceOptions } from "./create-json-source.ts";
import { createRegistryTagsSource } from "./create-registry-tags-source.ts";
import { createMemorySourceCache, type SourceCache, type SourceCaching } from "./source-cache.ts";
import { all, json, type ScriptedRequest, scriptedFetch } from "./testing/scripted-fetch.ts";

interface Body {
  readonly raws: readonly string[];
  readonly next?: string;
}

const read: JsonSourceOptions["read"] = (data) => {
  const { raws, next } = data as Body;
  return { candidates: raws.map((raw) => ({ raw })), next };
};

function createWorld(given: SourceCaching & { authorization?: string } = {}) {
  const clock = createVirtualClock({ auto: true });
  let answer: (request: ScriptedRequest) => Response = () => json({ raws: ["1"] });
  const { fetch, sent } = scriptedFetch((request) => answer(request));
  const create = (options: SourceCaching & { authorization?: string } = given) =>
    createJsonSource({ id: "j", url: "https://j.example/v", fetch, clock, read, ...options });
  return {
    clock,
    sent,
    create,
    source: create(),
    answer: (next: typeof answer) => {
      answer = next;
    },
  };
}

const down = (status = 503) => new Response("", { status });
const raws = async (source: ReturnType<typeof createJsonSource>) => (await all(source.list())).map(({ raw }) => raw);

describe("a source of pages", () => {
  it("asks with the validator it was given, and takes the page it kept when that is still right", async () => {
    const { source, sent, answer } = createWorld();
    answer(({ headers }) =>
      headers["if-none-match"] === '"a"'
        ? new Response(null, { status: 304 })
        : json({ raws: ["1", "2"] }, { etag: '"a"' }),
    );
    expect(await raws(source)).toEqual(["1", "2"]);
    expect(await raws(source)).toEqual(["1", "2"]);
    expect(sent.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"a"']);
  });

  it("goes on from a page that is still right to the next one", async () => {
    const { source, answer, sent } = createWorld();
    let second = ["2"];
    answer(({ url, headers }) => {
      if (url.search !== "") return json({ raws: second });
      return headers["if-none-match"]
        ? new Response(null, { status: 304 })
        : json({ raws: ["1"], next: "?p=2" }, { etag: 'W/"x"' });
    });
    await raws(source);
    second = ["2", "3"];
    expect(await raws(source)).toEqual(["1", "2", "3"]);
    expect(sent).toHaveLength(4);
  });

  it.each(["unquoted", '"a b"', `"${"x".repeat(300)}"`, '"a", "b"'])(
    "does not send back the validator %s",
    async (etag) => {
      const { source, answer, sent } = createWorld();
      answer(() => json({ raws: [] }, { etag }));
      await raws(source);
      await raws(source);
      expect(sent[1]?.headers).not.toHaveProperty("if-none-match");
    },
  );

  it("fails for a 304 that nothing was asked with", async () => {
    const { source, answer } = createWorld();
    answer(() => new Response(null, { status: 304 }));
    await expect(all(source.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("asks nobody while a listing is fresh", async () => {
    const { source, sent, clock } = createWorld({ freshForMs: 60_000 });
    for (let time = 0; time < 2; time++) expect(await raws(source)).toEqual(["1"]);
    expect(sent).toHaveLength(1);
    await clock.advance(60_000);
    await raws(source);
    expect(sent).toHaveLength(2);
  });

  it.each([
    ["rate limited", () => new Response("", { status: 429, headers: { "retry-after": "9000" } }), "RATE_LIMITED"],
    ["unavailable", () => down(), "UNAVAILABLE"],
  ])("gives the last listing and its age when the source is %s", async (_, answer, error) => {
    const world = createWorld();
    const readAt = world.clock.now();
    await raws(world.source);
    await world.clock.advance(3_600_000);
    world.answer(answer);
    const listing = world.source.list();
    expect(await all(listing)).toEqual([{ raw: "1" }]);
    expect(listing.completeness()).toEqual({
      truncated: false,
      staleSince: readAt,
      failures: [{ source: "j", error, message: expect.any(String) }],
    });
  });

  it.each([
    ["wrong", () => new Response("[")],
    ["refused", () => down(403)],
    ["gone", () => down(404)],
  ])("does not give an older listing when the source is %s", async (_, answer) => {
    const world = createWorld();
    await raws(world.source);
    world.answer(answer);
    await expect(all(world.source.list())).rejects.toThrow();
  });

  it("does not give a listing that is too old, or with staleForMs 0", async () => {
    const world = createWorld();
    await raws(world.source);
    world.answer(() => down());
    await world.clock.advance(86_400_000);
    await expect(all(world.source.list())).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const never = createWorld({ staleForMs: 0 });
    await raws(never.source);
    never.answer(() => down());
    await expect(all(never.source.list())).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("misses nothing of either when a later page fails: what is new, and all of the older listing", async () => {
    const { source, answer } = createWorld();
    answer(({ url }) => (url.search === "" ? json({ raws: ["3", "2"], next: "?p=2" }) : json({ raws: ["1"] })));
    await raws(source);
    // A release moved version 2 to the page that cannot be read.
    answer(({ url }) => (url.search === "" ? json({ raws: ["4", "3"], next: "?p=2" }) : down()));
    const listing = source.list();
    expect((await all(listing)).map(({ raw }) => raw)).toEqual(["4", "3", "2", "1"]);
    expect(listing.completeness().staleSince).toBeDefined();
  });

  it("keeps no listing that was left before its end", async () => {
    const { source, answer } = createWorld();
    answer(() => json({ raws: ["2", "1"], next: "?p=2" }));
    for await (const _ of source.list()) break;
    answer(() => down());
    await expect(all(source.list())).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("remembers that a kept listing was truncated", async () => {
    const { create, answer } = createWorld();
    answer(({ url }) => json({ raws: [`v${url.search}`], next: `?p=${url.search}1` }));
    const source = create({ freshForMs: 1000 });
    for (let time = 0; time < 2; time++) {
      const listing = source.list();
      await all(listing);
      expect(listing.completeness().truncated).toBe(true);
    }
  });

  it("does not give one token's listing to another", async () => {
    const cache = createMemorySourceCache();
    const { create, sent } = createWorld();
    await raws(create({ cache, freshForMs: 1000, authorization: "Bearer a" }));
    await raws(create({ cache, freshForMs: 1000, authorization: "Bearer b" }));
    expect(sent).toHaveLength(2);
    await raws(create({ cache, freshForMs: 1000, authorization: "Bearer a" }));
    expect(sent).toHaveLength(2);
  });

  it("keeps nothing that it could not use, and reads nothing before it needs it", async () => {
    const asked: string[] = [];
    const memory = createMemorySourceCache();
    const cache: SourceCache = {
      read(key) {
        asked.push("read");
        return memory.read(key);
      },
      write(key, text) {
        asked.push("write");
        return memory.write(key, text);
      },
    };
    let isDown = false;
    const registry = {
      id: "r",
      async *listTags() {
        if (isDown) throw new BayplanError("UNAVAILABLE", "down");
        yield "1";
      },
    };
    const options = { registry, repository: "r.example/n", cache };
    await all(createRegistryTagsSource({ ...options, staleForMs: 0 }).list());
    expect(asked).toEqual([]);
    const source = createRegistryTagsSource(options);
    await all(source.list());
    expect(asked).toEqual(["write"]);
    isDown = true;
    expect(await all(source.list())).toEqual([{ raw: "1" }]);
    expect(asked).toEqual(["write", "read"]);
  });

  it("never fails because of its cache", async () => {
    const broken = {
      read: async () => Promise.reject(new Error("read")),
      write: async () => Promise.reject(new Error("write")),
    };
    expect(await raws(createWorld({ cache: broken }).source)).toEqual(["1"]);
    const damaged = { read: async () => '{"formatVersion":1,"pages":[', write: async () => {} };
    expect(await raws(createWorld({ cache: damaged, freshForMs: 1000 }).source)).toEqual(["1"]);
    const foreign = { read: async () => '{"formatVersion":2}', write: async () => {} };
    expect(await raws(createWorld({ cache: foreign, freshForMs: 1000 }).source)).toEqual(["1"]);
  });

  it.each([{ freshForMs: -1 }, { staleForMs: Number.NaN }])("refuses %j", (options) => {
    expect(() => createWorld(options)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("createMemorySourceCache", () => {
  it("lets go what was not used for the longest time, and takes nothing that is too long", async () => {
    const cache = createMemorySourceCache({ maxLength: 10 });
    await cache.write("a", "aaaa");
    await cache.write("b", "bbbb");
    await cache.read("a");
    await cache.write("c", "cccc");
    expect(await Promise.all(["a", "b", "c"].map((key) => cache.read(key)))).toEqual(["aaaa", undefined, "cccc"]);
    await cache.write("a", "x".repeat(11));
    expect(await cache.read("a")).toBeUndefined();
    expect(await cache.read("c")).toBe("cccc");
  });
});

describe("createFileSourceCache", () => {
  let directory = "";
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("keeps listings for another process, for this user only, and without a token in sight", async () => {
    directory = await mkdtemp(join(tmpdir(), "bayplan-cache-"));
    const { create, sent, answer } = createWorld();
    const options = { freshForMs: 0, authorization: "Bearer s3cr3t" };
    await raws(create({ ...options, cache: createFileSourceCache(join(directory, "made")) }));
    answer(() => down());
    expect(await raws(create({ ...options, cache: createFileSourceCache(join(directory, "made")) }))).toEqual(["1"]);
    const files = await readdir(join(directory, "made"));
    expect(files).toHaveLength(1);
    const [file = ""] = files;
    expect((await stat(join(directory, "made", file))).mode & 0o077).toBe(0);
    expect(file).not.toContain("s3cr3t");
    await writeFile(join(directory, "made", file), "[");
    answer(() => json({ raws: ["2"] }));
    expect(await raws(create({ ...options, cache: createFileSourceCache(join(directory, "made")) }))).toEqual(["2"]);
    expect(sent.length).toBeGreaterThan(2);
  });
});
