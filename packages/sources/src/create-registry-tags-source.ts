import {
  BayplanError,
  type CallOptions,
  type Clock,
  formatRepository,
  type Instant,
  instantToMs,
  parseRepository,
  type RegistryAdapter,
  type RepositoryName,
  type VersionSource,
} from "@bayplan/core";
import { createPagedSource } from "./create-paged-source.ts";
import { badOption, checkCount } from "./read-json.ts";
import type { SourceCaching } from "./source-cache.ts";
import type { SourcePage } from "./source-page.ts";

/** Whose tags {@link createRegistryTagsSource} lists. */
export interface RegistryTagsSourceOptions extends SourceCaching {
  /** The adapter of the repository's registry, with its credentials, retries and paging. */
  readonly registry: Pick<RegistryAdapter, "id" | "listTags" | "inventory">;
  /** For example `docker.io/library/python`. */
  readonly repository: string | RepositoryName;
  /**
   * `true` also reads the registry's inventory (Docker Hub, ECR, GHCR) for times. They are of the last push: a tag that
   * was pushed again looks new. Default `false`: no times, which the distribution specification does not know.
   */
  readonly pushTimes?: boolean;
  /** More tags make the listing `truncated`. Default 1,000,000. */
  readonly maxTags?: number;
  /** Default `tags:<registry>/<repository>`. */
  readonly id?: string;
  /** For the age of listings. Default the computer's clock. */
  readonly clock?: Clock;
}

/**
 * The tags of a repository in a registry, all of them: hashes, signatures and moving tags, too, which core tells apart.
 *
 * Listing throws what the adapter's `listTags` throws, and `inventory` with `pushTimes`.
 *
 * @throws BayplanError `UNSUPPORTED` for `pushTimes` of a registry without an inventory, `INVALID_REFERENCE` or
 * `INVALID_INPUT` for an option that cannot be used.
 */
export function createRegistryTagsSource(options: RegistryTagsSourceOptions): VersionSource {
  const { registry, pushTimes = false, maxTags = 1_000_000 } = options;
  const repository = typeof options.repository === "string" ? parseRepository(options.repository) : options.repository;
  const name = formatRepository(repository);
  if (!/^[^/]+\/.+$/.test(name)) throw badOption("repository", "a registry and a repository");
  checkCount("maxTags", maxTags);
  if (pushTimes && registry.inventory === undefined)
    throw new BayplanError("UNSUPPORTED", `The adapter ${registry.id} tells no push times. Leave pushTimes out.`);

  async function readPage(call: CallOptions): Promise<SourcePage> {
    const raws: string[] = [];
    let truncated = false;
    for await (const tag of registry.listTags(repository, call)) {
      truncated = raws.length >= maxTags;
      if (truncated) break;
      raws.push(tag);
    }
    const times = pushTimes ? await readPushTimes(registry, repository, call) : new Map<string, Instant>();
    const rows = raws.map((raw) => {
      const releasedAt = times.get(raw);
      return { raw, ...(releasedAt === undefined ? {} : { releasedAt }) };
    });
    return { rows, ...(truncated ? { truncated } : {}) };
  }

  return createPagedSource(
    {
      id: options.id ?? `tags:${name}`,
      doing: `Listing the tags of ${name}`,
      first: `oci://${name}`,
      maxPages: 1,
      revalidates: false,
      keyedBy: pushTimes ? "with push times" : "",
      readPage: (_, call) => readPage(call),
    },
    options,
  );
}

async function readPushTimes(
  registry: Pick<RegistryAdapter, "inventory">,
  repository: RepositoryName,
  call: CallOptions,
): Promise<ReadonlyMap<string, Instant>> {
  const times = new Map<string, Instant>();
  for await (const { tags, pushedAt } of registry.inventory?.list(repository, call) ?? []) {
    for (const tag of tags) {
      const known = times.get(tag);
      // A tag that moved while it was listed has two: the later one holds longer.
      if (pushedAt !== undefined && (known === undefined || instantToMs(known) < instantToMs(pushedAt)))
        times.set(tag, pushedAt);
    }
  }
  return times;
}
