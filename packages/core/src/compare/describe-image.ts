import { BayplanError, isBayplanError } from "../errors.ts";
import type { JsonValue } from "../oci/canonical-json.ts";
import type { Descriptor, StoredBytes } from "../oci/descriptor.ts";
import { type ImageManifest, parseManifest } from "../oci/manifest.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { digestReference, formatReference, type Reference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import type { DescriptionCache } from "./description-cache.ts";
import type { ImageFacts, PlatformFacts } from "./image-facts.ts";
import { attestationOf, runnableEntries } from "./index-entries.ts";
import { readJsonBlob } from "./read-json-blob.ts";

/** How an image is described. */
export interface DescribeOptions extends CallOptions {
  /** Facts of manifests that were read before. Default none. */
  readonly cache?: DescriptionCache;
  /** Manifests that are read at once. Default 4. */
  readonly concurrency?: number;
}

/**
 * Gathers the facts of an image: its manifest or index, then per platform its manifest and config. Layers are not read.
 *
 * @throws BayplanError `NOT_FOUND` when the image, or a manifest its index names, is not there; `RESPONSE_INVALID` when
 * something cannot be read or there are more than 100 platforms; `UNSUPPORTED` for an index inside an index; and what
 * the adapter throws. Never facts of a part of the image.
 */
export async function describeImage(
  reference: Reference,
  registry: RegistryAdapter,
  options: DescribeOptions = {},
): Promise<ImageFacts> {
  const root = await fetchStored(reference, registry, options);
  const { digest, mediaType } = root.descriptor;
  const common = { reference: formatReference(reference), digest, mediaType };
  const document = parseManifest(root);
  const annotations = document.annotations ?? {};
  if (document.kind === "image") {
    const platform = await readManifest(root, document, { reference, registry, options });
    return { ...common, annotations, platforms: [platform], attestations: [] };
  }
  const runnable = runnableEntries(document, reference);
  const platforms = new Map<number, PlatformFacts>();
  await mapConcurrently([...runnable.entries()], options.concurrency ?? 4, async ([place, entry]) => {
    platforms.set(place, await describeEntry(entry, { reference, registry, options }));
  });
  const inOrder = [...platforms].sort(([left], [right]) => left - right).map(([, facts]) => facts);
  return { ...common, annotations, platforms: inOrder, attestations: document.manifests.flatMap(attestationOf) };
}

/** Where manifests are read, and how. */
export interface Source {
  readonly reference: Reference;
  readonly registry: RegistryAdapter;
  readonly options: DescribeOptions;
}

/** What an entry says of its platform counts, because that is how it is found; where it says nothing, its config does. */
export async function describeEntry(entry: Descriptor, source: Source): Promise<PlatformFacts> {
  const known = source.options.cache?.read(entry.digest) ?? (await readEntry(entry, source));
  return {
    ...known,
    ...(entry.platform === undefined ? {} : { platform: formatPlatform(entry.platform) }),
    annotations: { ...entry.annotations, ...known.annotations },
    base: baseOf({ ...entry.annotations, ...known.annotations }),
  };
}

async function readEntry(entry: Descriptor, source: Source): Promise<PlatformFacts> {
  const reference = digestReference(source.reference, entry.digest);
  const stored = await fetchStored(reference, source.registry, source.options);
  const document = parseManifest(stored);
  if (document.kind === "index") {
    const message = `${formatReference(source.reference)} has an index inside its index (${entry.digest}). Describe that one by its digest.`;
    throw new BayplanError("UNSUPPORTED", message);
  }
  return readManifest(stored, document, source);
}

async function fetchStored(
  reference: Reference,
  registry: RegistryAdapter,
  options: CallOptions,
): Promise<StoredBytes> {
  const stored = await registry.fetchManifest(reference, options);
  if (stored !== undefined) return stored;
  throw new BayplanError("NOT_FOUND", `${formatReference(reference)} is not there, so nothing can be said of it.`);
}

/** One runnable image: its manifest as it was fetched, and its config. */
export async function readManifest(
  stored: StoredBytes,
  manifest: ImageManifest,
  source: Source,
): Promise<PlatformFacts> {
  const { digest, mediaType } = stored.descriptor;
  const known = source.options.cache?.read(digest);
  if (known !== undefined) return known;
  const { reference, registry, options } = source;
  const document = await readJsonBlob(registry, { repository: reference, descriptor: manifest.config }, options);
  const annotations = manifest.annotations ?? {};
  const facts: PlatformFacts = {
    platform: platformOf(document, reference),
    digest,
    mediaType,
    annotations,
    config: manifest.config,
    configDocument: document,
    layers: manifest.layers,
    diffIds: textsIn(memberOf(document["rootfs"], "diff_ids")),
    labels: labelsIn(document),
    base: baseOf(annotations),
  };
  options.cache?.write(digest, facts);
  return facts;
}

function platformOf(document: { readonly [key: string]: JsonValue }, reference: Reference): string {
  const { os, architecture, variant } = document;
  const parts = [os, architecture, ...(variant === undefined || variant === null || variant === "" ? [] : [variant])];
  try {
    if (parts.every((part) => typeof part === "string")) return formatPlatform(parsePlatform(parts.join("/")));
  } catch (error) {
    if (!isBayplanError(error)) throw error;
  }
  const message = `${formatReference(reference)} is no image that runs somewhere: its config names no os and architecture.`;
  throw new BayplanError("RESPONSE_INVALID", message);
}

function baseOf(annotations: Readonly<Record<string, string>>): PlatformFacts["base"] {
  const name = annotations["org.opencontainers.image.base.name"];
  const digest = annotations["org.opencontainers.image.base.digest"];
  return { ...(name === undefined ? {} : { name }), ...(digest === undefined ? {} : { digest }) };
}

/** The labels that a config holds; empty where it has none. */
export function labelsIn(config: { readonly [key: string]: JsonValue }): Readonly<Record<string, string>> {
  return textRecordIn(memberOf(config["config"], "Labels"));
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as { readonly [key: string]: JsonValue })[key] : undefined;
}

function textsIn(value: JsonValue | undefined): readonly string[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  // One that is no text makes the whole list unusable: a shorter list would be another image's.
  return items.every((item): item is string => typeof item === "string") ? items : [];
}

function textRecordIn(value: JsonValue | undefined): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts);
}
