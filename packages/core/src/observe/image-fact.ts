import type { ImageFacts, PlatformFacts } from "../compare/image-facts.ts";
import { type Instant, instantToMs, isInstant, parseInstant } from "../instant.ts";
import { canonicalJson, type JsonValue } from "../oci/canonical-json.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { digestReference, formatReference, type RepositoryName } from "../oci/reference.ts";
import type { FamilyNode } from "./family-nodes.ts";
import type { ReleaseState, Unknown } from "./release-state.ts";

/** What an image tells about what it is built on, per platform. */
export type ImageFact =
  | { readonly state: "read"; readonly platforms: Readonly<Record<string, PlatformFact>> }
  | Unknown;

/** What the image of one platform tells about itself. Nothing of its settings, which may hold secrets. */
export interface PlatformFact {
  readonly digest: Digest;
  /**
   * What it says it is built on (`org.opencontainers.image.base.*`), from the annotations of its manifest, else of its
   * index, else from its labels.
   */
  readonly base: { readonly name?: string; readonly digest?: string };
  /** Digests of the layers as unpacked, in order. Empty when the config does not list them. */
  readonly diffIds: readonly string[];
  /** The start of the SHA-256 of each entry of the history: the entries themselves may hold build arguments. */
  readonly history: readonly string[];
  /** When it was built. Absent when it does not tell, or tells a time before 1980 as reproducible builds do. */
  readonly created?: Instant;
}

const earliestMs = instantToMs(parseInstant("1980-01-01T00:00:00Z"));

/** Under which name the fact about an image is kept. */
export function imageKey(repository: RepositoryName, digest: Digest): string {
  return formatReference(digestReference(repository, digest));
}

/** The fact about an image, if it was asked. */
export function imageFact(
  state: Pick<ReleaseState, "images">,
  repository: RepositoryName,
  digest: Digest,
): ImageFact | undefined {
  const key = imageKey(repository, digest);
  return state.images !== undefined && Object.hasOwn(state.images, key) ? state.images[key] : undefined;
}

/** When the published image of a node was built: its oldest platform. `undefined` when it is not known. */
export function createdOf(node: FamilyNode, state: Pick<ReleaseState, "references" | "images">): Instant | undefined {
  const fact = Object.hasOwn(state.references, node.reference) ? state.references[node.reference] : undefined;
  if (fact?.state !== "present") return undefined;
  const image = imageFact(state, node.exact, fact.digest);
  if (image?.state !== "read") return undefined;
  const times = Object.values(image.platforms).map(({ created }) => created);
  // One that does not tell may be the oldest.
  if (!times.every((time): time is Instant => time !== undefined)) return undefined;
  return times.sort((left, right) => instantToMs(left) - instantToMs(right))[0];
}

/** What is kept of an image's description. Of several entries for one platform the first counts, as for whoever pulls. */
export function factOfImage(facts: ImageFacts): ImageFact {
  const platforms = new Map<string, PlatformFact>();
  for (const platform of facts.platforms) {
    if (!platforms.has(platform.platform))
      platforms.set(platform.platform, factOfPlatform(platform, facts.annotations));
  }
  return { state: "read", platforms: Object.fromEntries(platforms) };
}

function factOfPlatform(facts: PlatformFacts, ofIndex: Readonly<Record<string, string>>): PlatformFact {
  const created = facts.configDocument["created"];
  const isUsable = typeof created === "string" && isInstant(created) && instantToMs(created) >= earliestMs;
  return {
    digest: facts.digest,
    base: baseIn(facts.annotations) ?? baseIn(ofIndex) ?? baseIn(facts.labels) ?? {},
    diffIds: facts.diffIds,
    history: historyOf(facts.configDocument["history"]),
    ...(isUsable ? { created: parseInstant(created) } : {}),
  };
}

/** Labels are inherited from the base: without a name nothing says whose base a digest is. */
function baseIn(texts: Readonly<Record<string, string>>): PlatformFact["base"] | undefined {
  const name = texts["org.opencontainers.image.base.name"];
  const digest = texts["org.opencontainers.image.base.digest"];
  return name === undefined || digest === undefined ? undefined : { name: shortened(name), digest: shortened(digest) };
}

function shortened(text: string): string {
  return text.slice(0, 500).replace(/\p{Surrogate}/gu, "\uFFFD");
}

function historyOf(history: JsonValue | undefined): readonly string[] {
  const entries: readonly JsonValue[] = Array.isArray(history) ? history : [];
  try {
    return entries.map((entry) => digestOf(new TextEncoder().encode(canonicalJson(entry))).slice(7, 23));
  } catch {
    // Half a character has no canonical form: then only the layers are compared.
    return [];
  }
}
