import {
  type Digest,
  digestOf,
  digestReference,
  mediaTypes,
  type RegistryAdapter,
  type RepositoryName,
  type StoredBytes,
} from "@bayplan/core";
import { z } from "zod";

/** An image of a case of applying. */
export const ApplyImage = z.strictObject({
  label: z.string().optional(),
  digest: z.string(),
  tags: z.array(z.string()).default([]),
  pushedAt: z.string().nullable().optional(),
  mediaType: z.string().default(mediaTypes.ociManifest),
  manifests: z.array(z.strictObject({ digest: z.string(), platform: z.unknown().optional() })).optional(),
  subject: z.string().optional(),
  artifactType: z.string().optional(),
});

/** One of them. */
export type ApplyImage = z.infer<typeof ApplyImage>;

/** A case's digests are made up: each has a real manifest in the simulator, and this knows which. */
export interface RealImages {
  /** Stores an image, and what it needs that the case does not have, and tags it. */
  put(image: ApplyImage, into: RegistryAdapter): Promise<void>;
  real(digest: string): Digest;
  /** The digest of the case, for one that has one there. */
  named(digest: Digest): string;
  /** A tag that holds a digest, as that of a referrer does, holds the real one. */
  realTag(tag: string): string;
  /** All that were stored. */
  all(): readonly Digest[];
}

/** No image yet. */
export function createRealImages(repository: RepositoryName): RealImages {
  const reals = new Map<string, Digest>();
  const stores = new Map<string, StoredBytes["descriptor"]>();
  const names = new Map<Digest, string>();
  const remember = (named: string, stored: StoredBytes) => {
    reals.set(named, stored.descriptor.digest);
    names.set(stored.descriptor.digest, named);
    stores.set(named, stored.descriptor);
  };
  const images: RealImages = {
    async put(image, into) {
      const blob = new TextEncoder().encode(JSON.stringify({ of: image.digest, os: "linux", architecture: "amd64" }));
      const config = { mediaType: mediaTypes.ociConfig, digest: digestOf(blob), size: blob.length };
      await into.putBlob(repository, config, ReadableStream.from([blob]));
      for (const { digest } of image.manifests ?? []) {
        // A child that the case does not have: a registry takes no index without it, so it is stored as well.
        if (!reals.has(digest)) await images.put(ApplyImage.parse({ digest }), into);
      }
      const stored = manifestOf(image, config, (digest) => {
        const absent = { mediaType: mediaTypes.ociManifest, digest: images.real(digest), size: 1000 };
        return stores.get(digest) ?? absent;
      });
      remember(image.digest, stored);
      await into.putManifest(repository, stored);
      for (const tag of image.tags) await moveTag(into, repository, images.realTag(tag), stored.descriptor.digest);
    },
    real: (digest) => reals.get(digest) ?? digestOf(new TextEncoder().encode(`not there: ${digest}`)),
    named: (digest) => names.get(digest) ?? digest,
    realTag(tag) {
      for (const [named, real] of reals) {
        const [old, next] = [named.replace(":", "-"), real.replace(":", "-")];
        if (tag.startsWith(old)) return next + tag.slice(old.length);
      }
      return tag;
    },
    all: () => [...reals.values()],
  };
  return images;
}

/** Writes a tag, wherever it is. */
export async function moveTag(
  registry: RegistryAdapter,
  repository: RepositoryName,
  tag: string,
  digest: Digest,
): Promise<void> {
  const shown = await registry.resolve({ ...repository, kind: "tag", tag });
  const expected = shown.state === "present" ? { digest: shown.descriptor.digest } : { absent: true as const };
  await registry.tag(digestReference(repository, digest), tag, expected);
}

/** What an image needs comes before it. */
export function inOrder(images: readonly ApplyImage[]): readonly ApplyImage[] {
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  const ordered = new Set<ApplyImage>();
  const visiting = new Set<ApplyImage>();
  const visit = (image: ApplyImage) => {
    if (ordered.has(image) || visiting.has(image)) return;
    visiting.add(image);
    const needs = [...(image.manifests ?? []).map(({ digest }) => digest), image.subject ?? ""];
    for (const digest of needs) {
      const needed = byDigest.get(digest);
      if (needed !== undefined) visit(needed);
    }
    ordered.add(image);
  };
  for (const image of images) visit(image);
  return [...ordered];
}

function manifestOf(
  image: ApplyImage,
  config: { readonly mediaType: string; readonly digest: Digest; readonly size: number },
  descriptorOf: (digest: string) => StoredBytes["descriptor"],
): StoredBytes {
  const { mediaType, subject, artifactType } = image;
  const content =
    image.manifests === undefined
      ? { config, layers: [] }
      : {
          manifests: image.manifests.map(({ digest, platform }) => {
            return { ...descriptorOf(digest), ...(typeof platform === "object" && platform !== null && { platform }) };
          }),
          annotations: { of: image.digest },
        };
  const document = {
    schemaVersion: 2,
    mediaType,
    ...(artifactType !== undefined && { artifactType }),
    ...content,
    ...(subject !== undefined && { subject: descriptorOf(subject) }),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
