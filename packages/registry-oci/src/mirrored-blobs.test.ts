import { randomBytes } from "node:crypto";
import { digestOf, digestReference } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { collectBytes } from "./fetch-blob.ts";

const mebibyte = 1024 * 1024;
const small = new Uint8Array(randomBytes(100_000));
const large = new Uint8Array(randomBytes(18 * mebibyte));

/** How a server treats the blob. */
interface Manners {
  /** The byte that is changed. */
  readonly wrongAt?: number;
  /** Bytes that are appended. */
  readonly added?: number;
  /** The bytes after which the connection breaks. */
  readonly brokenAt?: number;
  /** The bytes after which the body ends as if that were all. */
  readonly endsAt?: number;
  readonly status?: number;
  readonly ignoresRange?: boolean;
}

/** A registry and its mirrors, on any hosts; without manners they are good. */
function start(bytes: Uint8Array, mirrors: readonly Manners[], registryManners: Manners = {}) {
  const asked: string[] = [];
  const manners: Record<string, Manners> = { registry: registryManners };
  for (const [index, one] of mirrors.entries()) manners[`mirror${index}`] = one;
  const fetch: FetchLike = async (url, { headers }) => {
    const name = new URL(url).hostname.replace(".test", "");
    const range = headers["range"];
    asked.push(range === undefined ? name : `${name} ${range.replace("bytes=", "")}`);
    return answer(bytes, range, manners[name] ?? {});
  };
  const clock = createVirtualClock({ auto: true });
  const hosts = mirrors.map((_, index) => `mirror${index}.test`);
  const registry = createOciRegistry({ hosts: ["registry.test"], mirrors: { "registry.test": hosts }, fetch, clock });
  const reference = digestReference({ registry: "registry.test", repository: "a/b" }, digestOf(bytes));
  const read = () => collectBytes(registry.fetchBlob(reference));
  return { asked, read, registry, reference };
}

function answer(bytes: Uint8Array, range: string | undefined, manners: Manners): Response {
  const { wrongAt, added = 0, brokenAt = Number.POSITIVE_INFINITY, endsAt = Number.POSITIVE_INFINITY } = manners;
  if (manners.status !== undefined) return new Response(null, { status: manners.status });
  const all = new Uint8Array(bytes.length + added);
  all.set(bytes);
  if (wrongAt !== undefined) all[wrongAt] = (all[wrongAt] ?? 0) ^ 1;
  const from = manners.ignoresRange === true || range === undefined ? 0 : Number(/bytes=(\d+)-/.exec(range)?.[1]);
  if (from > 0 && from >= all.length) return new Response(null, { status: 416 });
  const end = Math.min(all.length, brokenAt, endsAt);
  let at = from;
  const body = new ReadableStream({
    pull: (controller) => {
      if (at < end) {
        const next = Math.min(end, at + (bytes.length > mebibyte ? mebibyte : 7_000));
        controller.enqueue(all.slice(at, next));
        at = next;
      } else if (brokenAt < all.length) controller.error(new Error("broken"));
      else controller.close();
    },
  });
  const headers = from === 0 ? {} : { "content-range": `bytes ${from}-${all.length - 1}/${all.length}` };
  return new Response(body, { status: from === 0 ? 200 : 206, headers });
}

it.each<[string, readonly Manners[], readonly string[]]>([
  ["gives it", [{}], ["mirror0"]],
  ["gives wrong bytes", [{ wrongAt: 5 }], ["mirror0", "registry"]],
  ["gives too little", [{ endsAt: 60_000 }], ["mirror0", "registry"]],
  ["gives nothing", [{ endsAt: 0 }], ["mirror0", "registry"]],
  ["gives too much", [{ added: 9 }], ["mirror0", "registry"]],
  ["breaks off in the middle", [{ brokenAt: 60_000 }], ["mirror0", "registry 60000-"]],
  ["breaks off at once", [{ brokenAt: 0 }], ["mirror0", "registry"]],
  ["breaks off after wrong bytes", [{ wrongAt: 5, brokenAt: 60_000 }], ["mirror0", "registry 60000-", "registry"]],
  [
    "breaks off after more than there is",
    [{ added: 50_000, brokenAt: 120_000 }],
    ["mirror0", "registry 120000-", "registry"],
  ],
  [
    "breaks off, and so does the next one",
    [{ brokenAt: 20_000 }, { brokenAt: 60_000 }],
    ["mirror0", "mirror1 20000-", "registry 60000-"],
  ],
  ["breaks off, and the next one gives the rest", [{ brokenAt: 20_000 }, {}], ["mirror0", "mirror1 20000-"]],
  [
    "breaks off, and the next one gives a wrong rest",
    [{ brokenAt: 20_000 }, { wrongAt: 50_000 }],
    ["mirror0", "mirror1 20000-", "registry"],
  ],
  ["is overloaded", [{ status: 503 }], ["mirror0", "registry"]],
])("gives the blob when the mirror %s, and leaves a bad one out after that", async (_, mirrors, requests) => {
  const { asked, read } = start(small, mirrors);
  expect(Buffer.from(await read()).equals(small)).toBe(true);
  expect(asked).toEqual(requests);
  expect(Buffer.from(await read()).equals(small)).toBe(true);
  const isGood = requests.at(-1)?.startsWith("mirror") === true;
  expect(asked.slice(requests.length)).toEqual([isGood ? `mirror${mirrors.length - 1}` : "registry"]);
});

it("asks a mirror again that only lacks the blob", async () => {
  const { asked, read } = start(small, [{ status: 404 }]);
  for (let round = 0; round < 2; round += 1) expect(Buffer.from(await read()).equals(small)).toBe(true);
  expect(asked).toEqual(["mirror0", "registry", "mirror0", "registry"]);
});

it("gives exactly the blob, whatever the mirrors do and whether ranges are known", async () => {
  const position = fc.integer({ min: 0, max: small.length });
  const manners = fc.oneof(
    fc.constant<Manners>({}),
    fc.record<Manners>(
      {
        wrongAt: fc.integer({ min: 0, max: small.length - 1 }),
        added: fc.integer({ min: 1, max: 30_000 }),
        brokenAt: position,
        endsAt: position,
        ignoresRange: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(manners, { maxLength: 3 }), fc.boolean(), async (mirrors, ignoresRange) => {
      const { read } = start(small, mirrors, { ignoresRange });
      expect(Buffer.from(await read()).equals(small)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it("says so when the registry gives something else, too", async () => {
  const { read } = start(small, [{ wrongAt: 5 }], { wrongAt: 6 });
  await expect(read()).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
});

it("gives a large blob of which only what was held back was wrong", async () => {
  const { asked, read } = start(large, [{ wrongAt: large.length - 1 }]);
  expect(Buffer.from(await read()).equals(large)).toBe(true);
  expect(asked).toEqual(["mirror0", "registry"]);
});

it("does not take the word of a second mirror for what was wrong with the first", async () => {
  const { asked, read } = start(large, [{ wrongAt: large.length - 1 }, { wrongAt: 5 }]);
  expect(Buffer.from(await read()).equals(large)).toBe(true);
  expect(asked).toEqual(["mirror0", "mirror1", "registry"]);
});

it("says so when wrong bytes were passed on, and asks the registry the next time", async () => {
  const { asked, read } = start(large, [{ wrongAt: 5 }]);
  await expect(read()).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  expect(Buffer.from(await read()).equals(large)).toBe(true);
  expect(asked).toEqual(["mirror0", "registry", "registry"]);
});

it("ends at once when it is cancelled while a mirror gives", async () => {
  const { asked, read, registry, reference } = start(large, [{}]);
  const controller = new AbortController();
  const reading = async () => {
    for await (const _ of registry.fetchBlob(reference, { signal: controller.signal })) controller.abort();
  };
  await expect(reading()).rejects.toMatchObject({ code: "CANCELLED" });
  expect(asked).toEqual(["mirror0"]);
  // It was not the mirror that failed.
  expect(Buffer.from(await read()).equals(large)).toBe(true);
  expect(asked).toEqual(["mirror0", "mirror0"]);
});
