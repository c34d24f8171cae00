import { BayplanError, type BayplanErrorCode, throwIfCancelled } from "../errors.ts";
import type { StoredBytes } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, formatRepository, parseReference, type Reference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { fakeImage } from "./fake-image.ts";

/** A registry in memory that counts what it is asked and fails on demand. */
export interface FakeRegistry extends RegistryAdapter {
  /** Every call in order, for example `resolve ghcr.io/o/a:1` or `list ghcr.io/o/a`. */
  readonly calls: string[];
  /** Makes a call fail with the code, or answer `denied-or-absent`: `resolve`, `manifest`, `blob`, `put`, `list` or `tag`, and its subject. */
  readonly failures: Map<string, BayplanErrorCode | "denied-or-absent" | Error>;
  /** Called before each tag is written. */
  onTag: (reference: string) => void;
  /** Stores an image of these platforms under a tag; the digest follows from the seed. */
  push(reference: string, image?: { readonly seed?: string; readonly platforms?: readonly string[] }): Digest;
  /** Stores any manifest under a tag. */
  pushManifest(reference: string, manifest: StoredBytes): Digest;
  /** Takes a tag away. */
  forget(reference: string): void;
  /** Loses a manifest, given as `registry/repository@digest`; tags that show it are left. */
  lose(reference: string): void;
  /** What a tag shows. */
  digestOfTag(reference: string): Digest | undefined;
  /** Every tag with its digest, for comparing the whole registry before and after. */
  snapshot(): Readonly<Record<string, Digest>>;
}

/** An empty registry that answers for these hosts. */
export function createFakeRegistry(hosts: readonly string[] = ["ghcr.io"]): FakeRegistry {
  const tags = new Map<string, Digest>();
  const manifests = new Map<string, StoredBytes>();
  const blobs = new Map<string, Uint8Array>();
  const calls: string[] = [];
  const failures: FakeRegistry["failures"] = new Map();
  const enter = (call: string, options?: CallOptions): boolean => {
    throwIfCancelled(options?.signal);
    calls.push(call);
    const failure = failures.get(call);
    if (failure instanceof Error) throw failure;
    if (failure === undefined) return false;
    if (failure === "denied-or-absent") return true;
    throw new BayplanError(failure, `The fake was told to fail ${call}.`);
  };
  const find = (reference: Reference): StoredBytes | undefined => {
    const digest = reference.kind === "digest" ? reference.digest : tags.get(formatReference(reference));
    return digest === undefined ? undefined : manifests.get(`${formatRepository(reference)}@${digest}`);
  };
  const store = (reference: string, stored: readonly StoredBytes[], digest: Digest): Digest => {
    const parsed = parseReference(reference);
    for (const manifest of stored) manifests.set(`${formatRepository(parsed)}@${manifest.descriptor.digest}`, manifest);
    tags.set(formatReference(parsed), digest);
    return digest;
  };
  const registry: FakeRegistry = {
    id: `fake ${hosts.join(" ")}`,
    hosts,
    calls,
    failures,
    onTag: () => {},
    push(reference, { seed = reference, platforms } = {}) {
      const image = fakeImage(seed, platforms);
      for (const [digest, bytes] of image.blobs) blobs.set(digest, bytes);
      return store(reference, image.manifests, image.digest);
    },
    pushManifest: (reference, manifest) => store(reference, [manifest], manifest.descriptor.digest),
    forget: (reference) => void tags.delete(reference),
    lose: (reference) => void manifests.delete(reference),
    digestOfTag: (reference) => tags.get(reference),
    snapshot: () => Object.fromEntries([...tags].sort(([left], [right]) => (left < right ? -1 : 1))),
    async resolve(reference, options) {
      if (enter(`resolve ${formatReference(reference)}`, options)) return { state: "denied-or-absent" };
      const found = find(reference);
      return found === undefined ? { state: "absent" } : { state: "present", descriptor: found.descriptor };
    },
    async fetchManifest(reference, options) {
      enter(`manifest ${formatReference(reference)}`, options);
      return find(reference);
    },
    async *fetchBlob(reference, options) {
      enter(`blob ${formatReference(reference)}`, options);
      const bytes = blobs.get(reference.digest);
      if (bytes === undefined) throw new BayplanError("NOT_FOUND", "There is no such blob.");
      // Two chunks, so that readers must put them together.
      yield bytes.subarray(0, 5);
      yield bytes.subarray(5);
    },
    async putManifest(repository, manifest, options) {
      const { digest } = manifest.descriptor;
      enter(`put ${formatRepository(repository)}@${digest}`, options);
      manifests.set(`${formatRepository(repository)}@${digest}`, manifest);
    },
    async putBlob(repository, descriptor, content, options) {
      enter(`put blob ${formatRepository(repository)}@${descriptor.digest}`, options);
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      blobs.set(descriptor.digest, joinBytes(chunks));
    },
    async *listTags(repository, options) {
      const prefix = `${formatRepository(repository)}:`;
      enter(`list ${formatRepository(repository)}`, options);
      const found = [...tags.keys()].filter((reference) => reference.startsWith(prefix));
      if (found.length === 0) throw new BayplanError("NOT_FOUND", "There is no such repository.");
      yield* found.map((reference) => reference.slice(prefix.length));
    },
    async tag(target, tag, expected, options) {
      const reference = `${formatRepository(target)}:${tag}`;
      registry.onTag(reference);
      enter(`tag ${reference}`, options);
      const before = tags.get(reference);
      const previous = before === undefined ? ({ absent: true } as const) : { digest: before };
      if (before === target.digest) return { guarantee: "checked", previous, changed: false };
      if (before !== ("digest" in expected ? expected.digest : undefined)) {
        throw new BayplanError("TAG_MOVED", `${reference} shows something else than expected.`);
      }
      if (find(target) === undefined) throw new BayplanError("NOT_FOUND", "There is no such manifest.");
      tags.set(reference, target.digest);
      return { guarantee: "checked", previous, changed: true };
    },
  };
  return registry;
}

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
