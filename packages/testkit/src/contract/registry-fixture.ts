import {
  type Digest,
  type DigestReference,
  digestReference,
  parseRepository,
  type RegistryAdapter,
  type RepositoryName,
  type StoredBytes,
  type TagReference,
  tagReference,
} from "@bayplan/core";
import { type BuiltImage, buildImage } from "../image/build-image.ts";

/** An adapter under test and the registry behind it. */
export interface RegistryUnderTest {
  readonly registry: RegistryAdapter;
  /** A host that the adapter answers for, with its port. */
  readonly host: string;
  /** Path of a repository that the tests may create, from a short name. Default `contract/<name>`. */
  readonly repository?: (name: string) => string;
  /** Puts a tag there behind the adapter's back. Default: through the adapter's own `tag`. */
  readonly seedTag?: (target: DigestReference, tag: string) => Promise<void>;
  /** How many tags the registry gives on one page. Two pages and a half are written. Default 100. */
  readonly pageSize?: number;
  /** How many requests the registry has seen. Given, it proves that listings are lazy. */
  readonly requests?: () => number;
  dispose(): Promise<void>;
}

/** What a test of the registry contract works with. */
export interface RegistryFixture extends RegistryUnderTest {
  readonly name: RepositoryName;
  readonly at: {
    readonly tag: (tag: string) => TagReference;
    readonly digest: (digest: Digest) => DigestReference;
  };
  /** Builds an image with that content and stores all of it under its digest, without a tag. */
  store(content: string, platforms?: readonly string[]): Promise<BuiltImage>;
  /** Stores an image and tags it. */
  storeTagged(content: string, tag: string): Promise<BuiltImage>;
  seed(digest: Digest, tag: string): Promise<void>;
}

/** A repository of its own for one test. */
export function createRegistryFixture(underTest: RegistryUnderTest): RegistryFixture {
  const { registry } = underTest;
  const path = (underTest.repository ?? ((short) => `contract/${short}`))("images");
  const name = parseRepository(`${underTest.host}/${path}`);
  const at = {
    tag: (tag: string) => tagReference(name, tag),
    digest: (digest: Digest) => digestReference(name, digest),
  };

  async function store(content: string, platforms: readonly string[] = ["linux/amd64"]): Promise<BuiltImage> {
    const image = await buildImage({ platforms, files: { "content.txt": content } });
    for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, once(blob));
    for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
    return image;
  }

  async function seed(digest: Digest, tag: string): Promise<void> {
    if (underTest.seedTag !== undefined) await underTest.seedTag(at.digest(digest), tag);
    else await registry.tag(at.digest(digest), tag, { absent: true });
  }

  return {
    ...underTest,
    name,
    at,
    store,
    seed,
    async storeTagged(content, tag) {
      const image = await store(content);
      await seed(image.digest, tag);
      return image;
    },
  };
}

/** The bytes as a stream of one chunk. */
export async function* once(blob: StoredBytes): AsyncGenerator<Uint8Array> {
  yield blob.bytes;
}
