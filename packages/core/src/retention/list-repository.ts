import { BayplanError, isBayplanError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, formatRepository, type RepositoryName, tagReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { RegistryAdapter, StoredManifest } from "../ports/registry.ts";

/** What a repository holds, as far as it is listed. */
export interface RepositoryListing {
  readonly manifests: readonly StoredManifest[];
  /** Why it may lack something. Absent: it was read to its end. */
  readonly incomplete?: { readonly error: string };
}

/** How a repository is listed. */
export interface ListRepositoryOptions extends CallOptions {
  /** Questions in flight where tags have to be asked one by one. */
  readonly concurrency: number;
  /** More than so many: the listing is incomplete. */
  readonly maxManifests: number;
  readonly onListed?: (listed: number) => void;
}

/** What says something about the answer, and nothing about the question. */
const answers = new Set([
  ...["UNAUTHORIZED", "DENIED", "NOT_FOUND", "RATE_LIMITED", "UNAVAILABLE", "TIMEOUT", "RESPONSE_INVALID"],
  ...["DIGEST_MISMATCH", "INCOMPLETE", "UNSUPPORTED"],
]);

/** The code of an error that leaves something unknown; other errors are thrown on. */
export function unknownCode(error: unknown): string {
  if (isBayplanError(error) && answers.has(error.code)) return error.code;
  throw error;
}

/**
 * The whole listing, by the registry's inventory, or by all tags and what they show where it has none: then without push
 * times, and without manifests that have no tag. A listing that fails gives what was read and says so.
 *
 * @throws BayplanError `CANCELLED`, and for a question that cannot be asked, as of a host that is not the adapter's.
 */
export async function listRepository(
  repository: RepositoryName,
  registry: RegistryAdapter,
  options: ListRepositoryOptions,
): Promise<RepositoryListing> {
  const manifests: StoredManifest[] = [];
  try {
    for await (const manifest of listing(repository, registry, options)) {
      manifests.push(manifest);
      if (manifests.length > options.maxManifests) {
        const message = `${formatRepository(repository)} has more than ${options.maxManifests} manifests. Raise maxManifests.`;
        throw new BayplanError("INCOMPLETE", message);
      }
      if (manifests.length % 1000 === 0) options.onListed?.(manifests.length);
    }
    options.onListed?.(manifests.length);
    return { manifests };
  } catch (error) {
    return { manifests, incomplete: { error: unknownCode(error) } };
  }
}

function listing(
  repository: RepositoryName,
  registry: RegistryAdapter,
  options: ListRepositoryOptions,
): AsyncIterable<StoredManifest> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  return registry.inventory?.list(repository, call) ?? listByTags(repository, registry, options);
}

async function* listByTags(
  repository: RepositoryName,
  registry: RegistryAdapter,
  options: ListRepositoryOptions,
): AsyncGenerator<StoredManifest> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const tags = new Set<string>();
  for await (const tag of registry.listTags(repository, call)) {
    tags.add(tag);
    if (tags.size > options.maxManifests)
      throw new BayplanError(
        "INCOMPLETE",
        `${formatRepository(repository)} has more than ${options.maxManifests} tags.`,
      );
  }
  const shown = new Map<Digest, { descriptor: Descriptor; tags: string[] }>();
  const fan = fanOutSignal(options.signal);
  await mapConcurrently([...tags], options.concurrency, async (tag) => {
    const reference = tagReference(repository, tag);
    const answer = await fan.run((own) => registry.resolve(reference, own));
    // Gone since it was listed.
    if (answer.state === "absent") return;
    if (answer.state === "denied-or-absent")
      throw new BayplanError("DENIED", `The registry does not say what ${formatReference(reference)} shows.`);
    const { descriptor } = answer;
    const other = shown.get(descriptor.digest);
    if (other === undefined) shown.set(descriptor.digest, { descriptor, tags: [tag] });
    else other.tags.push(tag);
  }).finally(fan.close);
  // In an order of its own: answers come as they come.
  for (const { descriptor, tags: own } of shown.values()) yield { descriptor, tags: own.sort() };
}
