import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestOf, type StoredBytes } from "@bayplan/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createManifestCache } from "./manifest-cache.ts";

const mediaType = "application/vnd.oci.image.index.v1+json";

function manifest(content: string | Uint8Array): StoredBytes & { readonly digest: Digest } {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = digestOf(bytes);
  return { digest, descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
}

const stored = ({ descriptor, bytes }: StoredBytes): StoredBytes => ({ descriptor, bytes });
const filled = (byte: number, size = 1000) => manifest(new Uint8Array(size).fill(byte));

describe("a cache in memory", () => {
  it("gives back what was written, and nothing else", async () => {
    const cache = createManifestCache();
    const one = manifest("one");
    expect(await cache.read(one.digest)).toBeUndefined();
    await cache.write(one);
    expect(await cache.read(one.digest)).toEqual(stored(one));
    expect(await cache.read(manifest("two").digest)).toBeUndefined();
  });

  it("refuses bytes of another digest, and what is no digest", async () => {
    const cache = createManifestCache();
    const one = manifest("one");
    const wrong = { ...one, bytes: manifest("two").bytes };
    await expect(cache.write(wrong)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await cache.read(one.digest)).toBeUndefined();
    await expect(cache.read("../../etc/passwd" as Digest)).rejects.toMatchObject({ code: "INVALID_DIGEST" });
    const named = { ...one, descriptor: { ...one.descriptor, digest: "../x" as Digest } };
    await expect(cache.write(named)).rejects.toMatchObject({ code: "INVALID_DIGEST" });
  });

  it("forgets what was not used for longest when it is full", async () => {
    const cache = createManifestCache({ maxBytes: 3 * 1300 });
    const [one, two, three, four] = [1, 2, 3, 4].map((byte) => filled(byte)) as [
      ReturnType<typeof filled>,
      ReturnType<typeof filled>,
      ReturnType<typeof filled>,
      ReturnType<typeof filled>,
    ];
    for (const each of [one, two, three]) await cache.write(each);
    await cache.read(one.digest);
    await cache.write(four);
    const there = await Promise.all(
      [one, two, three, four].map(async ({ digest }) => (await cache.read(digest)) !== undefined),
    );
    expect(there).toEqual([true, false, true, true]);
    // Larger than everything: not kept, and nothing goes for it.
    const large = filled(5, 4000);
    await cache.write(large);
    expect(await cache.read(large.digest)).toBeUndefined();
    expect(await cache.read(one.digest)).toBeDefined();
  });

  it("never keeps more bytes than it may, and always what came last", async () => {
    const steps = fc.array(fc.record({ write: fc.boolean(), at: fc.nat(9) }), { maxLength: 60 });
    const all = Array.from({ length: 10 }, (_, at) => filled(at, 100 * (at + 1)));
    await fc.assert(
      fc.asyncProperty(steps, async (done) => {
        const maxBytes = 2600;
        const cache = createManifestCache({ maxBytes });
        for (const { write, at } of done) {
          const each = all[at] ?? filled(0);
          if (write) await cache.write(each);
          const found = await cache.read(each.digest);
          if (write) expect(found).toEqual(stored(each));
          else if (found !== undefined) expect(found).toEqual(stored(each));
        }
        const left = await Promise.all(all.map(({ digest }) => cache.read(digest)));
        expect(left.reduce((sum, one) => sum + (one?.bytes.byteLength ?? 0), 0)).toBeLessThanOrEqual(maxBytes);
      }),
      { numRuns: 50 },
    );
  });

  it("is not changed by who changes the bytes that were given or taken", async () => {
    const cache = createManifestCache();
    const one = manifest("one");
    const given = { ...one, bytes: Uint8Array.from(one.bytes) };
    await cache.write(given);
    given.bytes.fill(0);
    (await cache.read(one.digest))?.bytes.fill(0);
    expect(await cache.read(one.digest)).toEqual(stored(one));
  });

  it("refuses sizes that are none, and calls that were cancelled", async () => {
    for (const maxBytes of [-1, Number.NaN]) {
      expect(() => createManifestCache({ maxBytes })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    }
    const signal = AbortSignal.abort();
    const cache = createManifestCache();
    await expect(cache.read(manifest("one").digest, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(cache.write(manifest("one"), { signal })).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("a cache with a directory", () => {
  let parent: string;
  let directory: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "bayplan-manifests-"));
    directory = join(parent, "a/cache");
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));
  const fileOf = (digest: Digest): string => join(directory, digest.replace(":", "-"));
  const open = (more = {}) => createManifestCache({ directory, ...more });

  it("gives another process what this one has written, and only to its owner", async () => {
    const one = manifest("one\nwith lines\n");
    await open().write(one);
    expect(await open().read(one.digest)).toEqual(stored(one));
    const [ofDirectory, ofFile] = await Promise.all([stat(directory), stat(fileOf(one.digest))]);
    if (process.platform !== "win32") expect([ofDirectory.mode & 0o77, ofFile.mode & 0o77]).toEqual([0, 0]);
  });

  it("knows sha512, and what does not fit into memory", async () => {
    const bytes = new TextEncoder().encode("one");
    const digest = digestOf(bytes, "sha512");
    const one = { descriptor: { mediaType, digest, size: 3 }, bytes };
    await open({ maxBytes: 0 }).write(one);
    expect(await open({ maxBytes: 0 }).read(digest)).toEqual(one);
  });

  it.each([
    ["cut short", (file: string) => truncate(file, 150)],
    ["empty", (file: string) => writeFile(file, "")],
    ["without its first line", (file: string) => writeFile(file, "x".repeat(300))],
    ["another manifest's", async (file: string) => writeFile(file, await readFile(fileOf(filled(2).digest)))],
    ["too large to be read", (file: string) => truncate(file, 32 * 1024 * 1024)],
    [
      "changed in its bytes",
      async (file: string) => {
        const content = await readFile(file);
        content[content.length - 1] = 0;
        await writeFile(file, content);
      },
    ],
    [
      "changed in its media type",
      async (file: string) => writeFile(file, (await readFile(file, "latin1")).replace("index", "other"), "latin1"),
    ],
  ])("takes a file that is %s for not there, removes it, and can write it again", async (_, damage) => {
    const one = filled(1);
    await open().write(one);
    await open().write(filled(2));
    await damage(fileOf(one.digest));
    expect(await open().read(one.digest)).toBeUndefined();
    expect((await readdir(directory)).map((name) => join(directory, name))).toEqual([fileOf(filled(2).digest)]);
    await open().write(one);
    expect(await open().read(one.digest)).toEqual(stored(one));
  });

  it("serves several at once on one directory, without rubbish", async () => {
    const all = Array.from({ length: 12 }, (_, at) => filled(at));
    const caches = [open(), open(), open({ maxBytes: 0 })];
    await Promise.all(
      caches.flatMap((cache) =>
        all.map(async (one) => {
          await cache.write(one);
          expect(await cache.read(one.digest)).toEqual(stored(one));
        }),
      ),
    );
    expect(await readdir(directory)).toHaveLength(12);
    const fresh = open();
    for (const one of all) expect(await fresh.read(one.digest)).toEqual(stored(one));
  });

  it("removes the files that were not used for longest, and nobody else's", async () => {
    const all = Array.from({ length: 20 }, (_, at) => filled(at));
    const maxDirectoryBytes = 8 * 1200;
    await open().write(filled(99));
    await writeFile(join(directory, "notes.txt"), "x".repeat(100_000));
    await mkdir(join(directory, `sha256-${"a".repeat(64)}`));
    for (const [at, one] of all.entries()) {
      await open({ maxDirectoryBytes: 1e9 }).write(one);
      await utimes(fileOf(one.digest), 1_000_000 + at, 1_000_000 + at);
    }
    await utimes(fileOf(filled(99).digest), 1000, 1000);
    // Read: as good as new.
    await open().read(filled(3).digest);
    await open({ maxDirectoryBytes }).write(filled(77));
    const names = await readdir(directory);
    const has = (one: { readonly digest: Digest }) => names.includes(one.digest.replace(":", "-"));
    expect([has(filled(77)), has(filled(3)), has(filled(19)), has(filled(0)), has(filled(99))]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(names).toContain("notes.txt");
    const kept = names.filter((name) => name.startsWith("sha256-") && !name.endsWith("a".repeat(64)));
    expect(kept.length * 1200).toBeLessThanOrEqual(maxDirectoryBytes);
  });

  it("removes what a killed process left, but not what another one is writing", async () => {
    await open().write(filled(1));
    const name = (id: string) => join(directory, `sha256-${"b".repeat(64)}.${id}.tmp`);
    const [left, live] = [name("11111111-1111-4111-8111-111111111111"), name("22222222-2222-4222-8222-222222222222")];
    await writeFile(left, "half");
    await writeFile(live, "half");
    await utimes(left, 1000, 1000);
    await open().write(filled(2));
    expect((await readdir(directory)).filter((file) => file.endsWith(".tmp"))).toEqual([
      live.slice(directory.length + 1),
    ]);
  });

  it("goes on without a directory that vanished, and refuses one that cannot be made", async () => {
    const cache = open({ maxBytes: 5000 });
    await rm(parent, { recursive: true });
    const one = filled(1);
    await cache.write(one);
    expect(await cache.read(one.digest)).toEqual(stored(one));
    await mkdir(parent);
    await writeFile(join(parent, "a"), "a file");
    expect(() => open()).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
