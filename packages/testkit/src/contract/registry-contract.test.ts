import { BayplanError, digestOf, manifestMediaTypes, type RegistryAdapter } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createEmbeddedRegistry } from "../registry/embedded-registry.ts";
import { createPlainAdapter } from "../testing/plain-adapter.ts";
import { type RegistryContractOptions, registryContract, registryContractTests } from "./registry-contract.ts";
import type { RegistryUnderTest } from "./registry-fixture.ts";

const host = "registry.test:5000";

async function createUnderTest(
  breakIt: (good: RegistryAdapter, fetch: typeof globalThis.fetch) => Partial<RegistryAdapter> = () => ({}),
): Promise<RegistryUnderTest> {
  const embedded = createEmbeddedRegistry({ pageSize: 4 });
  const good = createPlainAdapter(embedded.fetch, host);
  return {
    registry: { ...good, ...breakIt(good, embedded.fetch) },
    host,
    pageSize: 4,
    requests: () => embedded.log.length,
    seedTag: async (target, tag) => void (await good.tag(target, tag, { absent: true })),
    dispose: async () => {},
  };
}

/** Runs the contract and gives the names of the tests that failed. */
async function failures(create: RegistryContractOptions["create"]): Promise<readonly string[]> {
  const bodies: [string, () => Promise<void>][] = [];
  registryContract({
    runner: { describe: (_, body) => body(), it: (name, body) => void bodies.push([name, body]) },
    create,
  });
  const failed: string[] = [];
  for (const [name, body] of bodies) await body().catch(() => failed.push(name));
  return failed;
}

describe("an adapter that fulfils the port", () => {
  registryContract({ runner: { describe, it }, create: () => createUnderTest() });
});

describe("an adapter that resolves references one by one only", () => {
  registryContract({
    runner: { describe, it },
    create: async () => {
      const { registry, ...underTest } = await createUnderTest();
      const { resolveMany: _, ...plain } = registry;
      return { ...underTest, registry: plain };
    },
  });
});

describe("the registry contract", () => {
  const mutants: Record<string, readonly [Parameters<typeof createUnderTest>[0], RegExp]> = {
    "says absent of everything": [() => ({ resolve: async () => ({ state: "absent" }) }), /^resolves a tag/],
    "says present of what is unknown": [
      () => ({
        resolve: async () => ({
          state: "present",
          descriptor: { mediaType: "", digest: digestOf(new Uint8Array()), size: 0 },
        }),
      }),
      /^never says that an unknown repository is present/,
    ],
    "resolves many to absent": [
      () => ({
        async *resolveMany(references) {
          for (const reference of references) yield [reference, { state: "absent" }];
        },
      }),
      /^resolves many references/,
    ],
    "resolves many twice": [
      (good) => ({
        async *resolveMany(references, options) {
          for (const reference of references) yield [reference, await good.resolve(reference, options)];
        },
      }),
      /^resolves many references/,
    ],
    "resolves many until one is absent": [
      (good) => ({
        async *resolveMany(references, options) {
          for await (const [reference, answer] of good.resolveMany?.(references, options) ?? []) {
            if (answer.state === "absent") return;
            yield [reference, answer];
          }
        },
      }),
      /^resolves many references/,
    ],
    "ignores signals while it resolves many": [
      (good) => ({ resolveMany: (references) => good.resolveMany?.(references) ?? ReadableStream.from([]) }),
      /^stops resolveMany, where it has it, with CANCELLED when the signal aborts half-way/,
    ],
    "resolves many on every host": [
      (good) => ({
        resolveMany: (references, options) => {
          const own = references.map((reference) => ({ ...reference, registry: host }));
          return good.resolveMany?.(own, options) ?? ReadableStream.from([]);
        },
      }),
      /^refuses resolveMany/,
    ],
    "changes the bytes": [
      (good) => ({
        fetchManifest: async (...call) => {
          const stored = await good.fetchManifest(...call);
          return stored && { ...stored, bytes: Buffer.from(`${Buffer.from(stored.bytes)} `) };
        },
      }),
      /^fetches the exact bytes/,
    ],
    "does not verify blobs": [() => ({ putBlob: async () => {} }), /^refuses a blob whose content/],
    "does not verify manifests": [() => ({ putManifest: async () => {} }), /^refuses a manifest whose bytes/],
    "overwrites tags": [
      (good) => ({
        tag: async (target, tag) => {
          const now = await good.resolve({ ...target, kind: "tag", tag });
          return good.tag(target, tag, now.state === "present" ? now.descriptor : { absent: true });
        },
      }),
      /^writes nothing when a tag is where none is expected/,
    ],
    "complains after it has written": [
      (good) => ({
        tag: async (target, tag, expected) => {
          const now = await good.resolve({ ...target, kind: "tag", tag });
          const found = now.state === "present" ? now.descriptor.digest : undefined;
          await good.tag(target, tag, now.state === "present" ? now.descriptor : { absent: true });
          if (found !== ("digest" in expected ? expected.digest : undefined))
            throw new BayplanError("TAG_MOVED", "late");
          return { guarantee: "checked", previous: expected, changed: true };
        },
      }),
      /^writes nothing when a tag is not where/,
    ],
    "writes JSON anew": [
      (good, fetch) => ({
        tag: async (target, tag, expected) => {
          const stored = await good.fetchManifest(target);
          const text = JSON.stringify(JSON.parse(Buffer.from(stored?.bytes ?? []).toString() || "{}"));
          const headers = { "content-type": stored?.descriptor.mediaType ?? "", accept: manifestMediaTypes.join() };
          await fetch(`http://${host}/v2/${target.repository}/manifests/${tag}`, {
            method: "PUT",
            body: text,
            headers,
          });
          return { guarantee: "checked", previous: expected, changed: true };
        },
      }),
      /^tags an index byte for byte/,
    ],
    "lists one page only": [
      (good) => ({
        async *listTags(name, options) {
          let count = 0;
          for await (const tag of good.listTags(name, options)) if (count++ < 4) yield tag;
        },
      }),
      /^lists all tags over several pages/,
    ],
    "lists everything before it gives anything": [
      (good) => ({
        async *listTags(name, options) {
          const all: string[] = [];
          for await (const tag of good.listTags(name, options)) all.push(tag);
          yield* all;
        },
      }),
      /^asks for a page of tags only when/,
    ],
    "takes an unknown repository for an empty one": [
      () => ({
        async *listTags() {},
      }),
      /^fails to list an unknown repository/,
    ],
    "ignores signals": [
      (good) => ({ resolve: (reference) => good.resolve(reference), listTags: (name) => good.listTags(name) }),
      /^stops (?:resolve|a listing) with CANCELLED/,
    ],
    "answers for every host": [
      (good) => ({
        resolve: (reference, options) => good.resolve({ ...reference, registry: host }, options),
      }),
      /^refuses resolve on a host that is not its own/,
    ],
  };
  for (const [name, [breakIt, expected]] of Object.entries(mutants)) {
    it(`catches an adapter that ${name}`, async () => {
      expect(await failures(() => createUnderTest(breakIt))).toContainEqual(expect.stringMatching(expected));
    });
  }

  it("disposes after every test, failed ones included", async () => {
    let disposed = 0;
    await failures(async () => ({
      ...(await createUnderTest(() => ({ resolve: () => Promise.reject(new Error("broken")) }))),
      dispose: async () => void disposed++,
    }));
    expect(disposed).toBe(registryContractTests.length);
  });

  it("does not run what is skipped, and shows the reason", async () => {
    const skipped = "fails to list an unknown repository with NOT_FOUND";
    const ran: string[] = [];
    const left: string[] = [];
    const register = (withSkip: boolean): void =>
      registryContract({
        runner: {
          describe: (_, body) => body(),
          it: Object.assign(
            (name: string) => ran.push(name),
            withSkip ? { skip: (name: string) => left.push(name) } : {},
          ),
        },
        create: () => createUnderTest(),
        skip: [{ reason: "the vendor hides repositories", tests: [skipped] }],
      });
    register(true);
    expect(ran).toEqual(registryContractTests.filter((name) => name !== skipped));
    expect(left).toEqual([`${skipped} (skipped: the vendor hides repositories)`]);
    register(false);
    expect(ran).toContain(left[0]);
  });

  it("refuses a skip without a reason, or of a test that does not exist", () => {
    const run = (skip: RegistryContractOptions["skip"]) => () =>
      registryContract({
        runner: { describe: () => {}, it: () => {} },
        create: () => createUnderTest(),
        ...(skip === undefined ? {} : { skip }),
      });
    expect(run([{ reason: " ", tests: [registryContractTests[0] ?? ""] }])).toThrow(TypeError);
    expect(run([{ reason: "because", tests: ["no such test"] }])).toThrow(TypeError);
    expect(run([])).not.toThrow();
  });
});
