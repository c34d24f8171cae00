import { type Descriptor, type Digest, digestOf, mediaTypes, type StoredBytes } from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock, type EmbeddedRegistry, type VirtualClock } from "@bayplan/testkit";
import { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "../create-oci-registry.ts";

/** Where {@link openLackingRegistry} has everything. */
export const place = { registry: "registry.test", repository: "a/b" };

/** A registry that takes no notice of subjects and has no referrers API. */
interface LackingRegistry {
  readonly embedded: EmbeddedRegistry;
  readonly clock: VirtualClock;
  readonly fetch: EmbeddedRegistry["fetch"];
  /** Another adapter for it, as another process would have one. */
  open(options?: Partial<OciRegistryOptions>): OciRegistry;
  /** What a tag shows. */
  shown(tag: string): Digest | undefined;
  /** The entries of the index under a tag, as they stand there. */
  entries(tag: string): Promise<readonly Record<string, unknown>[]>;
  /** Puts a document under a tag, or under its digest, without any adapter. */
  put(document: object, tag?: string): Promise<Descriptor>;
}

/** What {@link openLackingRegistry} may be told. */
interface LackingOptions {
  /** Whether it says `OCI-Subject` nevertheless, as GHCR does. Default `false`. */
  readonly echoes?: boolean;
}

/** Opens one; time is virtual. */
export function openLackingRegistry(options: LackingOptions = {}): LackingRegistry {
  const { echoes = false } = options;
  const clock = createVirtualClock({ auto: true });
  const embedded = createEmbeddedRegistry({ clock });
  const unknown = { match: { path: "/referrers/" }, times: Number.POSITIVE_INFINITY };
  embedded.inject({ ...unknown, effect: { status: 404, body: "404 page not found" } });
  const fetch: EmbeddedRegistry["fetch"] = async (input, init) => {
    const response = await embedded.fetch(input, init);
    if (!echoes) response.headers.delete("oci-subject");
    return response;
  };
  const url = (name: string): string => `https://${place.registry}/v2/${place.repository}/manifests/${name}`;
  return {
    embedded,
    clock,
    fetch,
    open: (more = {}) => createOciRegistry({ hosts: [place.registry], fetch, clock, ...more }),
    shown: (tag) => embedded.snapshot()[place.repository]?.[tag],
    async entries(tag) {
      const response = await embedded.fetch(url(tag), { headers: { accept: mediaTypes.ociIndex } });
      return response.status === 404 ? [] : (JSON.parse(await response.text()).manifests as never);
    },
    async put(document, tag) {
      const bytes = new TextEncoder().encode(JSON.stringify(document));
      const mediaType = "mediaType" in document ? String(document.mediaType) : mediaTypes.ociIndex;
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
      const headers = { "content-type": mediaType };
      const response = await embedded.fetch(url(tag ?? descriptor.digest), { method: "PUT", headers, body: bytes });
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
      return descriptor;
    },
  };
}

/** A manifest without blobs that refers to another one. */
export function referrerOf(subject: Digest, name: string, more: object = {}): StoredBytes {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    artifactType: "application/vnd.example.signature",
    manifests: [],
    subject: { mediaType: mediaTypes.ociIndex, digest: subject, size: 5 },
    annotations: { name },
    ...more,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}
