import {
  type Descriptor,
  type Digest,
  digestOf,
  type ManifestCache,
  mediaTypes,
  parseRepository,
  type RepositoryName,
  type StoredBytes,
} from "@bayplan/core";
import { createGhcrRegistry, type GhcrRegistry, type GhcrRegistryOptions } from "@bayplan/registry-ghcr";
import { createGitHubSimulator, createVirtualClock, type VirtualClock } from "@bayplan/testkit";

/** Requests by what they are for. */
export interface CleanUpRequests {
  readonly listings: number;
  /** Manifests read, which GHCR counts as downloads. */
  readonly manifests: number;
  /** Asked for size and type, by HEAD. */
  readonly heads: number;
  readonly deletions: number;
  /** Deletions included. */
  readonly others: number;
}

/** A package on the simulator, whose requests are counted. */
export interface CleanUpWorld {
  readonly name: RepositoryName;
  readonly clock: VirtualClock;
  /** An adapter that knows nothing yet, as in a new process. */
  open(cache?: ManifestCache): GhcrRegistry;
  /** Pushes builds, one an hour, until there are so many manifests more. */
  push(manifests: number): Promise<void>;
  mark(): number;
  requestsSince(mark: number): CleanUpRequests;
}

const token = "ghp_bench";
const hour = 3_600_000;
const empty = new TextEncoder().encode("{}");
const config: Descriptor = { mediaType: mediaTypes.ociConfig, digest: digestOf(empty), size: empty.byteLength };

/** Makes a package of builds of two platforms and an attestation each; every hundredth is a release, every tenth lost its tag. */
export async function createCleanUpWorld(size: number): Promise<CleanUpWorld> {
  const clock = createVirtualClock({ auto: true });
  const github = createGitHubSimulator({
    clock,
    packages: {
      owners: { octo: "Organization" },
      tokens: {
        [token]: {
          kind: "classic",
          login: "octo",
          scopes: ["read:packages", "write:packages", "delete:packages"],
          roles: { octo: "admin" },
        },
      },
    },
  });
  const fetch: GhcrRegistryOptions["fetch"] = (url, init) => github.fetch(url, init);
  const open = (cache?: ManifestCache) =>
    createGhcrRegistry({ token, fetch, clock, throttle: false, ...(cache && { cache }) });
  const name = parseRepository("ghcr.io/octo/images");
  const writer = open();
  await writer.putBlob(name, config, ReadableStream.from([empty]));
  // Straight to the simulator: an adapter would look first whether the tag is free.
  const put = async (reference: string, { descriptor, bytes }: StoredBytes) => {
    const headers = { authorization: `Bearer ${btoa(token)}`, "content-type": descriptor.mediaType };
    const url = `https://ghcr.io/v2/octo/images/manifests/${reference}`;
    const { status } = await github.fetch(url, { method: "PUT", headers, body: bytes });
    if (status !== 201) throw new Error(`The simulator answered ${status}.`);
  };
  let builds = 0;
  const world: CleanUpWorld = {
    name,
    clock,
    open,
    async push(manifests) {
      for (let left = manifests; left > 0; left -= 4) {
        await clock.advance(hour);
        builds += 1;
        const children: Descriptor[] = [];
        for (const part of ["amd64", "arm64", "attestation"].slice(0, left - 1)) {
          const image = stored(mediaTypes.ociManifest, {
            config,
            layers: [],
            annotations: { part: `${part} ${builds}` },
          });
          await put(image.descriptor.digest, image);
          children.push(image.descriptor);
        }
        const index = stored(mediaTypes.ociIndex, { manifests: children, annotations: { part: `index ${builds}` } });
        await put(index.descriptor.digest, index);
        for (const tag of tagsOf(builds, index.descriptor.digest)) await put(tag, index);
      }
    },
    mark: () => github.log.length,
    requestsSince(mark) {
      const sent = github.log.slice(mark);
      const listings = sent.filter(({ method, path }) => method === "GET" && path.endsWith("/versions")).length;
      const manifests = sent.filter(({ method, path }) => method === "GET" && path.includes("/manifests/")).length;
      const heads = sent.filter(({ method, path }) => method === "HEAD" && path.includes("/manifests/")).length;
      const deletions = sent.filter(({ method }) => method === "DELETE").length;
      return { listings, manifests, heads, deletions, others: sent.length - listings - manifests - heads };
    },
  };
  await world.push(size);
  return world;
}

function tagsOf(build: number, digest: Digest): readonly string[] {
  if (build % 10 === 3) return [];
  const tags = [`sha-${digest.slice(7, 14)}${build}`];
  return build % 100 === 0 ? [...tags, `1.${build}`] : tags;
}

function stored(mediaType: string, content: Readonly<Record<string, unknown>>): StoredBytes {
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}
