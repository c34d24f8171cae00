import { BayplanError } from "../errors.ts";
import { formatRepository, parseRepository } from "../oci/reference.ts";
import { parseTag } from "../oci/tag.ts";
import { type CacheMode, cacheUse } from "./cache-mode.ts";

/** Where a build cache lies: a repository of a registry, one tag per leg, or the cache of GitHub Actions. */
export type CacheStore = { readonly kind: "registry"; readonly repository: string } | { readonly kind: "gha" };

/** What one leg does with the build cache, and where it lies. */
export interface CachePolicy {
  readonly mode: CacheMode;
  readonly store: CacheStore;
  /** One per leg: two legs with one scope overwrite each other's cache. In a registry it is the tag. */
  readonly scope: string;
  /** Whether a cache that cannot be written lets the build go on. Default true. */
  readonly ignoreErrors?: boolean;
}

const ghaScope = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;

/**
 * The flags of `docker buildx build` for a cache policy. One that cannot be read never fails a build; BuildKit only warns.
 *
 * @throws BayplanError `INVALID_REFERENCE`, `INVALID_TAG` or `INVALID_INPUT` when store or scope could not stand in a flag.
 * @see https://docs.docker.com/build/cache/backends/
 */
export function cacheFlags(policy: CachePolicy): readonly string[] {
  const { pull, noCache, read, write } = cacheUse(policy.mode);
  const place = placeOf(policy);
  const ignore = policy.ignoreErrors === false ? "" : ",ignore-error=true";
  return [
    ...(pull ? ["--pull"] : []),
    ...(noCache ? ["--no-cache"] : []),
    ...(read ? [`--cache-from=${place}`] : []),
    ...(write ? [`--cache-to=${place},mode=max${ignore}`] : []),
  ];
}

// The value is CSV: what could end a field or begin another never gets there.
function placeOf({ store, scope }: CachePolicy): string {
  if (store.kind === "registry") {
    return `type=registry,ref=${formatRepository(parseRepository(store.repository))}:${parseTag(scope)}`;
  }
  if (ghaScope.test(scope)) return `type=gha,scope=${scope}`;
  throw new BayplanError(
    "INVALID_INPUT",
    `The cache scope ${JSON.stringify(scope.slice(0, 100))} is not usable; letters, digits and ._/- are expected, 200 at most.`,
  );
}
