import {
  type Digest,
  digestOf,
  digestReference,
  mediaTypes,
  parseRepository,
  type RepositoryName,
  type StoredBytes,
  tagReference,
} from "@bayplan/core";
import {
  type BuiltImage,
  buildImage,
  createGitHubSimulator,
  createVirtualClock,
  type GitHubSimulator,
  type SimulatedPackagesOptions,
  type SimulatedPackageToken,
  type VirtualClock,
} from "@bayplan/testkit";
import { createGhcrRegistry, type GhcrRegistry, type GhcrRegistryOptions } from "../create-ghcr-registry.ts";

/** A token that is easy to find where it must not be, and that may do everything. */
export const testToken = "ghp_secretsecretsecretsecretsecret0000";

/** A simulated GitHub with the organisation `octo` and the user `mona`, and an adapter over it. */
export interface TestGhcr {
  readonly github: GitHubSimulator;
  readonly clock: VirtualClock;
  readonly registry: GhcrRegistry;
  /** `ghcr.io/octo/images`. */
  readonly name: RepositoryName;
  /** Another adapter over the same GitHub. */
  open(options?: GhcrRegistryOptions): GhcrRegistry;
  /** Builds an image with that content, stores it, and tags it. */
  push(content: string, tags?: readonly string[], options?: PushOptions): Promise<BuiltImage>;
  /** Stores a manifest that refers to a subject, as signing tools do, without a tag. */
  attach(subject: BuiltImage, type: string): Promise<StoredBytes>;
  /** Requests so far, as `GET /path`, from a mark on. */
  sent(from?: number): readonly string[];
  /** Tags by digest, as GitHub would list them. */
  tagsOf(digest: Digest, name?: string): readonly string[] | undefined;
}

interface PushOptions {
  readonly repository?: RepositoryName;
  readonly platforms?: readonly string[];
}

/** What tests change. */
interface TestGhcrOptions {
  readonly packages?: Partial<SimulatedPackagesOptions>;
  readonly tokens?: Readonly<Record<string, SimulatedPackageToken>>;
  readonly registry?: GhcrRegistryOptions;
}

const everything: SimulatedPackageToken = {
  kind: "classic",
  login: "mona",
  scopes: ["read:packages", "write:packages", "delete:packages"],
  roles: { octo: "admin" },
};

/** Opens one on a clock that jumps. */
export function openTestGhcr(options: TestGhcrOptions = {}): TestGhcr {
  const clock = createVirtualClock({ auto: true });
  const github = createGitHubSimulator({
    clock,
    packages: {
      owners: { octo: "Organization", mona: "User" },
      tokens: { [testToken]: everything, ...options.tokens },
      ...options.packages,
    },
  });
  const open = (own: GhcrRegistryOptions = {}): GhcrRegistry =>
    createGhcrRegistry({
      token: testToken,
      fetch: (url, init) => github.fetch(url, init),
      clock,
      throttle: false,
      ...options.registry,
      ...own,
    });
  // Seeds on its own, so that the adapter under test knows nothing yet.
  const writer = createGhcrRegistry({ token: testToken, fetch: (url, init) => github.fetch(url, init), clock });
  const name = parseRepository("ghcr.io/octo/images");

  async function store(repository: RepositoryName, image: BuiltImage): Promise<void> {
    for (const blob of image.blobs) {
      await writer.putBlob(repository, blob.descriptor, ReadableStream.from([blob.bytes]));
    }
    for (const manifest of [...image.children, image.root]) await writer.putManifest(repository, manifest);
  }

  return {
    github,
    clock,
    name,
    registry: open(),
    open,
    async push(content, tags = [], { repository = name, platforms = ["linux/amd64"] } = {}) {
      const image = await buildImage({ platforms, files: { "content.txt": content } });
      await store(repository, image);
      for (const tag of tags) {
        const shown = await writer.resolve(tagReference(repository, tag));
        const expected = shown.state === "present" ? { digest: shown.descriptor.digest } : { absent: true as const };
        await writer.tag(digestReference(repository, image.digest), tag, expected);
      }
      return image;
    },
    async attach(subject, artifactType) {
      const { mediaType, digest, size } = subject.root.descriptor;
      const [config] = subject.blobs;
      const document = {
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        artifactType,
        config: config?.descriptor,
        layers: [],
        subject: { mediaType, digest, size },
      };
      const bytes = new TextEncoder().encode(JSON.stringify(document));
      const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.byteLength };
      await writer.putManifest(name, { descriptor, bytes });
      return { descriptor, bytes };
    },
    sent: (from = 0) => github.log.slice(from).map(({ method, path }) => `${method} ${path}`),
    tagsOf: (digest, own = "octo/images") =>
      github.packages.versions(own).find((version) => version.digest === digest)?.tags,
  };
}

/** Everything that an async iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
