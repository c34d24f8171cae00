import { BayplanError } from "../../errors.ts";
import type { Instant } from "../../instant.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-type.ts";
import { parseRepository, type RepositoryName } from "../../oci/reference.ts";
import type { RegistryAdapter, StoredManifest } from "../../ports/registry.ts";
import type { RetentionInventory, RetentionManifest } from "../../retention/inventory.ts";

/** What was removed, and how the repository was right before. */
export interface FakeRemoval {
  readonly kind: "untag" | "delete";
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly before: readonly RetentionManifest[];
}

/** A repository in memory whose manifests have any digests. Removes what it is told to, as an adapter that looks at nothing. */
export interface FakeRepository {
  readonly name: RepositoryName;
  readonly registry: RegistryAdapter;
  readonly removals: readonly FakeRemoval[];
  /** Every call, for example `list`, `manifest <digest>` or `delete <digest>`. */
  readonly calls: readonly string[];
  /** Called before each call; what it throws the call throws. */
  onCall: (call: string) => void;
  manifests(): readonly RetentionManifest[];
  put(manifest: RetentionManifest): void;
  remove(digest: Digest): void;
  /** Moves a tag there, from wherever it is. */
  tag(tag: string, digest: Digest): void;
  untag(tag: string): void;
}

/** Opens one. With `careful` it refuses to delete what is not as expected, as adapters do. */
export function createFakeRepository(
  inventory: Pick<RetentionInventory, "manifests" | "untagging">,
  { careful = false, now }: { readonly careful?: boolean; readonly now: Instant },
): FakeRepository {
  const name = parseRepository("registry.test/octo/app");
  const stored = new Map<Digest, RetentionManifest>();
  const removals: FakeRemoval[] = [];
  const calls: string[] = [];
  const enter = (call: string) => {
    calls.push(call);
    repository.onCall(call);
  };
  const all = () => [...stored.values()];
  const shown = (tag: string) => all().find(({ tags }) => tags.includes(tag));
  const change = (digest: Digest, tags: readonly string[]) => {
    const manifest = stored.get(digest);
    if (manifest !== undefined) stored.set(digest, { ...manifest, tags });
  };
  const repository: FakeRepository = {
    name,
    removals,
    calls,
    onCall: () => {},
    manifests: all,
    put: (manifest) => {
      for (const tag of manifest.tags) repository.untag(tag);
      stored.set(manifest.descriptor.digest, manifest);
    },
    remove: (digest) => void stored.delete(digest),
    tag(tag, digest) {
      repository.untag(tag);
      change(digest, [...(stored.get(digest)?.tags ?? []), tag]);
    },
    untag(tag) {
      const found = shown(tag);
      if (found !== undefined)
        change(
          found.descriptor.digest,
          found.tags.filter((other) => other !== tag),
        );
    },
    registry: {
      id: "fake",
      hosts: [name.registry],
      async resolve(reference) {
        enter(`resolve ${reference.kind === "tag" ? reference.tag : reference.digest}`);
        const found = reference.kind === "tag" ? shown(reference.tag) : stored.get(reference.digest);
        return found === undefined ? { state: "absent" } : { state: "present", descriptor: found.descriptor };
      },
      async fetchManifest(reference) {
        if (reference.kind === "tag") throw new BayplanError("UNSUPPORTED", "The fake is read by digest.");
        enter(`manifest ${reference.digest}`);
        const found = stored.get(reference.digest);
        return found === undefined ? undefined : { descriptor: found.descriptor, bytes: bytesOf(found) };
      },
      async *fetchBlob() {
        yield* [] as Uint8Array[];
      },
      async putManifest() {},
      async putBlob() {},
      async *listTags() {
        yield* all().flatMap(({ tags }) => tags);
      },
      async tag() {
        throw new BayplanError("UNSUPPORTED", "The fake is tagged by itself.");
      },
      inventory: {
        async *list() {
          enter("list");
          for (const { links: _, labels: __, ...listed } of all()) yield listed satisfies StoredManifest;
        },
      },
      untagging: inventory.untagging ?? "any",
      async untag({ tag }, expected) {
        enter(`untag ${tag}`);
        const found = shown(tag);
        if (careful && found?.descriptor.digest !== expected) throw new BayplanError("TAG_MOVED", "It moved.");
        removals.push({ kind: "untag", digest: expected, tags: [tag], before: all() });
        repository.untag(tag);
      },
      async deleteManifest({ digest }, expected) {
        enter(`delete ${digest}`);
        const found = stored.get(digest);
        if (found === undefined) return;
        const parents = all().filter(({ links }) => links.state === "read" && links.children.includes(digest));
        if (careful && [...found.tags].sort().join() !== [...expected.tags].sort().join())
          throw new BayplanError("TAG_MOVED", "It has other tags.");
        if (careful && parents.some(({ descriptor }) => !expected.parents.includes(descriptor.digest)))
          throw new BayplanError("PLAN_STALE", "It has another parent.");
        removals.push({ kind: "delete", digest, tags: found.tags, before: all() });
        stored.delete(digest);
      },
    },
  };
  for (const manifest of inventory.manifests) repository.put({ pushedAt: now, ...manifest });
  return repository;
}

/** A manifest that says what it is linked to; its digest is not that of these bytes. */
function bytesOf({ links, descriptor }: RetentionManifest): Uint8Array {
  if (links.state === "unreadable") return new TextEncoder().encode("no manifest");
  const of = (digest: Digest): Descriptor => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 });
  const isIndex = descriptor.mediaType === mediaTypes.ociIndex || links.children.length > 0;
  const document = {
    schemaVersion: 2,
    ...(isIndex
      ? { manifests: links.children.map(of) }
      : { config: of(descriptor.digest), layers: [], mediaType: mediaTypes.ociManifest }),
    ...(links.subject !== undefined && { subject: of(links.subject) }),
  };
  return new TextEncoder().encode(JSON.stringify(document));
}
