import { copyImage, type Descriptor, digestOf, digestReference, mediaTypes, type RepositoryName } from "@bayplan/core";
import type { OciRegistry } from "../create-oci-registry.ts";
import type { Bench } from "./open-bench.ts";

/** What an operation works on. `nth` is another number at each call, for names that must be new. */
interface Attempt {
  readonly bench: Bench;
  readonly registry: OciRegistry;
  readonly nth: number;
  readonly signal?: AbortSignal;
}

/** An operation that is aborted wherever it can be. It throws when what it claims to have done is not so. */
export interface AbortableOperation {
  readonly name: string;
  readonly run: (attempt: Attempt) => Promise<void>;
}

/** Every operation of an adapter that sends requests. */
export const abortableOperations: readonly AbortableOperation[] = [
  {
    name: "resolve, with a token first",
    run: async ({ bench, registry, ...call }) => {
      const found = await registry.resolve(bench.reference, optionsOf(call));
      claim(found.state === "present" && found.descriptor.digest === bench.digest);
    },
  },
  {
    name: "fetchManifest",
    run: async ({ bench, registry, ...call }) => {
      const stored = await registry.fetchManifest(bench.reference, optionsOf(call));
      claim(stored?.descriptor.digest === bench.digest);
    },
  },
  {
    name: "fetchBlob",
    run: async ({ bench, registry, ...call }) => {
      const [blob] = bench.image.blobs;
      if (blob === undefined) return;
      const chunks: Uint8Array[] = [];
      const reference = digestReference(bench.repository, blob.descriptor.digest);
      for await (const chunk of registry.fetchBlob(reference, optionsOf(call))) chunks.push(chunk);
      claim(digestOf(Buffer.concat(chunks)) === blob.descriptor.digest);
    },
  },
  {
    name: "listTags, page by page",
    run: async ({ bench, registry, ...call }) => {
      let count = 0;
      for await (const _ of registry.listTags(bench.repository, optionsOf(call))) count += 1;
      claim(count >= 4);
    },
  },
  {
    name: "tag",
    run: async ({ bench, registry, ...call }) => {
      const tag = `aborted-${call.nth}`;
      const target = digestReference(bench.repository, bench.digest);
      const receipt = await registry.tag(target, tag, { absent: true }, optionsOf(call));
      claim(receipt.changed && bench.embedded.snapshot()["team/app"]?.[tag] === bench.digest);
    },
  },
  {
    name: "tagMany",
    run: async ({ bench, registry, ...call }) => {
      const tags = [`many-${call.nth}-a`, `many-${call.nth}-b`];
      const orders = tags.map((tag) => ({ tag, expected: { absent: true } as const }));
      await registry.tagMany?.(digestReference(bench.repository, bench.digest), orders, optionsOf(call));
      for (const tag of tags) claim(bench.embedded.snapshot()["team/app"]?.[tag] === bench.digest);
    },
  },
  {
    name: "putBlob in one piece",
    run: ({ bench, registry, ...call }) => upload({ bench, registry, ...call }, 100),
  },
  {
    name: "putBlob in chunks",
    run: ({ bench, registry, ...call }) => upload({ bench, registry, ...call }, 3000),
  },
  {
    name: "mountBlob",
    run: async ({ bench, registry, ...call }) => {
      const [blob] = bench.image.blobs;
      if (blob === undefined) return;
      const target = { ...bench.repository, repository: `mounted/${call.nth}` };
      const from = digestReference(bench.repository, blob.descriptor.digest);
      claim((await registry.mountBlob?.(target, from, optionsOf(call))) === true);
      claim(await hasBlob(bench, target, blob.descriptor));
    },
  },
  {
    name: "referrers",
    run: async ({ bench, registry, ...call }) => {
      const subject = digestReference(bench.repository, bench.digest);
      for await (const one of registry.referrers.list(subject, optionsOf(call))) claim(one === undefined);
    },
  },
  {
    name: "deleteManifest",
    run: async ({ bench, registry, ...call }) => {
      const bytes = new TextEncoder().encode(JSON.stringify({ ...emptyIndex, annotations: { nth: String(call.nth) } }));
      const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
      const url = `http://registry.test/v2/team/app/manifests/${descriptor.digest}`;
      const headers = { "content-type": mediaTypes.ociIndex, authorization: await adminToken(bench) };
      claim((await bench.embedded.fetch(url, { method: "PUT", body: bytes, headers })).status === 201);
      const target = digestReference(bench.repository, descriptor.digest);
      await registry.deleteManifest?.(target, { tags: [], parents: [] }, optionsOf(call));
      claim((await bench.embedded.fetch(url, { method: "HEAD", headers })).status === 404);
    },
  },
  {
    name: "copyImage",
    run: async ({ bench, registry, ...call }) => {
      const repository = { ...bench.repository, repository: `copied/${call.nth}` };
      const tag = { name: "1.0", expected: { absent: true } } as const;
      const copied = await copyImage(
        { registry, reference: bench.reference },
        { registry, repository, tag },
        optionsOf(call),
      );
      claim(
        copied.digest === bench.digest && bench.embedded.snapshot()[repository.repository]?.["1.0"] === bench.digest,
      );
    },
  },
];

const emptyIndex = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };

function optionsOf({ signal }: Pick<Attempt, "signal">): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function claim(holds: boolean): void {
  if (!holds) throw new Error("The operation says that it succeeded, and it did not.");
}

async function upload({ bench, registry, ...call }: Attempt, size: number): Promise<void> {
  const bytes = new Uint8Array(size).fill(call.nth % 256);
  new DataView(bytes.buffer).setUint32(0, call.nth);
  const descriptor = { mediaType: mediaTypes.ociConfig, digest: digestOf(bytes), size };
  await registry.putBlob(bench.repository, descriptor, inPieces(bytes), optionsOf(call));
  claim(await hasBlob(bench, bench.repository, descriptor));
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 700) yield bytes.subarray(at, at + 700);
}

async function hasBlob(bench: Bench, { repository }: RepositoryName, { digest }: Descriptor): Promise<boolean> {
  const headers = { authorization: await adminToken(bench, repository) };
  const url = `http://registry.test/v2/${repository}/blobs/${digest}`;
  return (await bench.embedded.fetch(url, { method: "HEAD", headers })).status === 200;
}

/** A token of the registry's own, asked for behind the adapter's back. */
async function adminToken(bench: Bench, repository = "team/app"): Promise<string> {
  const url = `http://registry.test/token?service=bayplan-testkit&scope=repository:${repository}:pull,push,delete`;
  const basic = Buffer.from("bayplan:dummy-password").toString("base64");
  const answer = await bench.embedded.fetch(url, { headers: { authorization: `Basic ${basic}` } });
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}
