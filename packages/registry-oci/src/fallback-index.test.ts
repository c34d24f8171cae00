import { type Digest, digestOf, digestReference, mediaTypes, type StoredBytes } from "@bayplan/core";
import { expect, it } from "vitest";
import { openLackingRegistry, place, referrerOf } from "./testing/lacking-registry.ts";

const subject = digestOf(Buffer.from("subject"));
const tag = subject.replace(":", "-");
const onTag = { method: "PUT", path: `/manifests/${tag}` };
const names = (entries: readonly Record<string, unknown>[]) =>
  entries.map((entry) => (entry["annotations"] as Record<string, string> | undefined)?.["name"]);
const paths = (log: readonly { readonly method: string; readonly path: string }[], from = 0) =>
  log.slice(from).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
const isThere = async (registry: ReturnType<ReturnType<typeof openLackingRegistry>["open"]>, digest: Digest) =>
  (await registry.resolve(digestReference(place, digest))).state === "present";

it("lists what has a subject, with its type and annotations, and reads it back", async () => {
  const { open, entries, put, embedded } = openLackingRegistry();
  const registry = open();
  const signature = referrerOf(subject, "signature");
  await registry.putManifest(place, signature);
  expect(await entries(tag)).toEqual([
    { ...signature.descriptor, artifactType: "application/vnd.example.signature", annotations: { name: "signature" } },
  ]);
  const config = { mediaType: "application/vnd.example.config", digest: digestOf(Buffer.from("{}")), size: 2 };
  await registry.putBlob(place, config, ReadableStream.from([Buffer.from("{}")]));
  const plain = { mediaType: mediaTypes.ociManifest, artifactType: "", config, layers: [], annotations: undefined };
  const untyped = referrerOf(subject, "", { ...plain, manifests: undefined });
  const image = { ...untyped, descriptor: { ...untyped.descriptor, mediaType: mediaTypes.ociManifest } };
  await registry.putManifest(place, image);
  const bare = referrerOf(subject, "", { artifactType: undefined, annotations: undefined });
  await registry.putManifest(place, bare);
  const listed = [{ ...image.descriptor, artifactType: config.mediaType }, bare.descriptor];
  expect((await entries(tag)).slice(1)).toEqual(listed);
  const found: unknown[] = [];
  for await (const one of registry.referrers.list(digestReference(place, subject))) found.push(one);
  expect(found.slice(1)).toEqual(listed);
  // Without a subject nothing is looked up.
  const from = embedded.log.length;
  await registry.putManifest(place, referrerOf(subject, "", { subject: undefined }));
  expect(embedded.log.length - from).toBe(1);
  expect(await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] })).toBeDefined();
});

it("cuts the digest of the subject to the length of the tag", async () => {
  const { open, entries } = openLackingRegistry();
  const long = digestOf(Buffer.from("subject"), "sha512");
  await open().putManifest(place, referrerOf(long, "one"));
  expect(await entries(`sha512-${long.slice(7, 71)}`)).toHaveLength(1);
});

it("lists nothing by itself where the registry takes notice, or says so, or nothing is to be listed", async () => {
  const { open, embedded, shown } = openLackingRegistry({ echoes: true });
  await open().putManifest(place, referrerOf(subject, "one"));
  expect(embedded.log).toHaveLength(1);
  const lacking = openLackingRegistry();
  await lacking.open({ fallbackReferrers: false }).putManifest(place, referrerOf(subject, "one"));
  expect(lacking.embedded.log).toHaveLength(1);
  expect([shown(tag), lacking.shown(tag)]).toEqual([undefined, undefined]);
});

it("lists a manifest once, and asks twice the second time", async () => {
  const { open, embedded, entries } = openLackingRegistry();
  const registry = open();
  const one = referrerOf(subject, "one");
  await registry.putManifest(place, one);
  expect(paths(embedded.log)).toEqual([
    `PUT ${one.descriptor.digest}`,
    `GET ${tag}`,
    `HEAD ${tag}`,
    `PUT ${tag}`,
    `HEAD ${tag}`,
  ]);
  await registry.putManifest(place, one);
  expect(paths(embedded.log, 5)).toEqual([`PUT ${one.descriptor.digest}`, `GET ${tag}`]);
  expect(await entries(tag)).toHaveLength(1);
});

it("keeps what it does not know of an index that is there", async () => {
  const { open, put, entries, embedded } = openLackingRegistry();
  const other = await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
  const known = { ...other, urls: ["https://x.example"], data: "e30=", "org.example": { deep: [1, { a: null }] } };
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [known], "org.example": [2] };
  await put(document, tag);
  const one = referrerOf(subject, "one");
  await open().putManifest(place, one);
  expect((await entries(tag))[0]).toEqual(known);
  const url = `https://${place.registry}/v2/${place.repository}/manifests/${tag}`;
  const response = await embedded.fetch(url, { headers: { accept: mediaTypes.ociIndex } });
  expect(await response.json()).toMatchObject({ "org.example": [2], manifests: [{}, one.descriptor] });
});

it.each(["an image", "a manifest list"])("never overwrites %s under the fallback tag", async (what) => {
  const { open, put, shown } = openLackingRegistry();
  const registry = open();
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf(Buffer.from("{}")), size: 2 };
  await registry.putBlob(place, config, ReadableStream.from([Buffer.from("{}")]));
  const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };
  const list = { schemaVersion: 2, mediaType: mediaTypes.dockerIndex, manifests: [] };
  const { digest } = await put(what === "an image" ? image : list, tag);
  const one = referrerOf(subject, "one");
  await expect(registry.putManifest(place, one)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(shown(tag)).toBe(digest);
  expect(await isThere(registry, one.descriptor.digest)).toBe(true);
});

it("does not take the subject's own children for referrers where the registry reads the tag as the digest, as GitLab", async () => {
  const { open, put, fetch, embedded } = openLackingRegistry();
  const child = await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
  const parent = await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] });
  const gitlab: typeof fetch = (input, init) =>
    fetch(String(input).replace(parent.digest.replace(":", "-"), parent.digest), init);
  const one = referrerOf(parent.digest, "one");
  await expect(open({ fetch: gitlab }).putManifest(place, one)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(embedded.log.filter(({ method }) => method === "PUT")).toHaveLength(3);
});

it("refuses an index that grows beyond what registries take, or beyond what is read", async () => {
  const { open, put, shown } = openLackingRegistry();
  const registry = open();
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  const large = await put({ ...index, annotations: { large: "x".repeat(4 * 1024 * 1024 - 200) } }, tag);
  await expect(registry.putManifest(place, referrerOf(subject, "one"))).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(shown(tag)).toBe(large.digest);
  const child = await put(index);
  const long = await put({ ...index, manifests: Array.from({ length: 10_000 }, () => child) }, tag);
  await expect(registry.putManifest(place, referrerOf(subject, "one"))).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(shown(tag)).toBe(long.digest);
});

it("keeps all of eight writers that know nothing of each other", async () => {
  const { open, entries } = openLackingRegistry();
  const all = Array.from({ length: 8 }, (_, at) => referrerOf(subject, `writer ${at}`));
  await Promise.all(all.map((one) => open().putManifest(place, one)));
  expect(names(await entries(tag)).sort()).toEqual(all.map((_, at) => `writer ${at}`));
});

it("lets the writers of one adapter take turns, so that none writes in vain", async () => {
  const { open, entries, embedded } = openLackingRegistry();
  const registry = open();
  const all = Array.from({ length: 8 }, (_, at) => referrerOf(subject, `writer ${at}`));
  await Promise.all(all.map((one) => registry.putManifest(place, one)));
  expect(names(await entries(tag))).toHaveLength(8);
  const turn = [`GET ${tag}`, `HEAD ${tag}`, `PUT ${tag}`];
  expect(paths(embedded.log).slice(8, 32)).toEqual(all.flatMap(() => turn));
  expect(paths(embedded.log, 32)).not.toContain(`PUT ${tag}`);
});

it("puts its entry upon what a writer left that had read before it wrote", async () => {
  const { open, entries, put, embedded } = openLackingRegistry();
  const rival = referrerOf(subject, "rival");
  const early = await put(JSON.parse(Buffer.from(rival.bytes).toString()));
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex };
  // After the write, before the look: the other one saw no index at all.
  embedded.inject({
    match: { method: "HEAD", path: tag },
    after: 1,
    effect: {
      before: async () =>
        void (await put({ ...index, manifests: [{ ...early, annotations: { name: "rival" } }] }, tag)),
    },
  });
  await open().putManifest(place, referrerOf(subject, "own"));
  expect(names(await entries(tag))).toEqual(["rival", "own"]);
});

it("reads again after a wait that the registry asked for", async () => {
  const { open, entries, put, embedded, clock } = openLackingRegistry();
  const rival = referrerOf(subject, "rival");
  const early = await put(JSON.parse(Buffer.from(rival.bytes).toString()));
  const manifests = [{ ...early, annotations: { name: "rival" } }];
  const meanwhile = async () => {
    await clock.sleep(500);
    await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, tag);
  };
  embedded.inject({ match: onTag, effect: { before: () => void meanwhile() } });
  embedded.inject({ match: onTag, effect: { status: 429, headers: { "retry-after": "1" } } });
  await open().putManifest(place, referrerOf(subject, "own"));
  expect(names(await entries(tag))).toEqual(["rival", "own"]);
});

it("does not write what it made from an answer that was behind", async () => {
  const { open, entries, embedded } = openLackingRegistry();
  await open().putManifest(place, referrerOf(subject, "one"));
  const stale = embedded.inject({ match: { method: "GET", path: tag }, effect: { staleByRequests: 1000 } });
  await open().putManifest(place, referrerOf(subject, "two"));
  expect(stale.hits).toBe(1);
  expect(names(await entries(tag))).toEqual(["one", "two"]);
});

it.each([
  ["answers lost", { loseResponse: true }, undefined],
  ["writes lost", { reset: true }, undefined],
  ["a gateway's errors", { status: 502 }, undefined],
  ["rate limits", { rateLimitedForMs: 5000 }, undefined],
  ["conflicts", { status: 409 }, undefined],
  ["a refusal", { status: 403 }, "DENIED"],
  ["a wait of an hour", { status: 429, headers: { "retry-after": "3600" } }, "RATE_LIMITED"],
  [
    "an immutable tag",
    { status: 400, body: JSON.stringify({ errors: [{ code: "TAG_INVALID", message: "immutable" }] }) },
    "TAG_IMMUTABLE",
  ],
] as const)("after %s it lists, or says that it did not and does it the next time", async (_, effect, code) => {
  const { open, entries, embedded } = openLackingRegistry();
  const registry = open();
  await registry.putManifest(place, referrerOf(subject, "one"));
  const fault = embedded.inject({ match: onTag, times: code === undefined ? 2 : 99, effect });
  const two = referrerOf(subject, "two");
  const put = registry.putManifest(place, two);
  if (code !== undefined) {
    await expect(put).rejects.toMatchObject({ code });
    expect([fault.hits, names(await entries(tag))]).toEqual([1, ["one"]]);
    fault.remove();
    // Another one, because this one may keep from asking a registry that wants to be left alone.
    expect(await isThere(open(), two.descriptor.digest)).toBe(true);
    await open().putManifest(place, two);
  }
  await put.catch(() => {});
  expect(names(await entries(tag))).toEqual(["one", "two"]);
});

it("gives up when writes are lost for ever, and when others never stop", async () => {
  const { open, put, embedded, shown } = openLackingRegistry();
  const fault = embedded.inject({ match: onTag, times: 999, effect: { reset: true } });
  const refused = open().putManifest(place, referrerOf(subject, "one"));
  await expect(refused).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(fault.hits).toBe(6);
  fault.remove();
  let round = 0;
  const rival = () =>
    put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], annotations: { round: `${round++}` } }, tag);
  embedded.inject({
    match: { method: "HEAD", path: tag },
    times: 999,
    effect: { before: async () => void (await rival()) },
  });
  await expect(open().putManifest(place, referrerOf(subject, "one"))).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shown(tag)).toBeDefined();
});

it("drops entries that the registry misses, so that one can still be added", async () => {
  const { open, entries, embedded } = openLackingRegistry();
  const registry = open();
  const [one, two, three, four] = ["one", "two", "three", "four"].map((name) => referrerOf(subject, name)) as [
    StoredBytes,
    StoredBytes,
    StoredBytes,
    StoredBytes,
  ];
  for (const referrer of [one, two, three]) await registry.putManifest(place, referrer);
  for (const { descriptor } of [one, three]) {
    const url = `https://${place.registry}/v2/${place.repository}/manifests/${descriptor.digest}`;
    await embedded.fetch(url, { method: "DELETE" });
  }
  await registry.putManifest(place, four);
  expect(names(await entries(tag))).toEqual(["two", "four"]);
  // Only what the registry named was looked up.
  expect(paths(embedded.log).filter((request) => request === `HEAD ${two.descriptor.digest}`)).toEqual([]);
});

it("drops no entry that is there, whatever the registry says", async () => {
  const { open, entries, embedded } = openLackingRegistry();
  const registry = open();
  const one = referrerOf(subject, "one");
  await registry.putManifest(place, one);
  const body = JSON.stringify({ errors: [{ code: "MANIFEST_BLOB_UNKNOWN", detail: one.descriptor.digest }] });
  const lie = embedded.inject({ match: onTag, times: 99, effect: { status: 400, body } });
  const refused = registry.putManifest(place, referrerOf(subject, "two"));
  await expect(refused).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  const silent = embedded.inject({ match: { method: "HEAD", path: one.descriptor.digest }, effect: { status: 403 } });
  await expect(registry.putManifest(place, referrerOf(subject, "two"))).rejects.toMatchObject({ code: "DENIED" });
  expect([lie.hits, silent.hits, names(await entries(tag))]).toEqual([2, 1, ["one"]]);
});

it("stops when it is cancelled, and says what is stored", async () => {
  const { open, embedded, shown } = openLackingRegistry();
  const stop = new AbortController();
  embedded.inject({ match: onTag, effect: { before: () => stop.abort() } });
  const one = referrerOf(subject, "one");
  const registry = open();
  await expect(registry.putManifest(place, one, { signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await isThere(registry, one.descriptor.digest)).toBe(true);
  await registry.putManifest(place, one);
  expect(shown(tag)).toBeDefined();
});
