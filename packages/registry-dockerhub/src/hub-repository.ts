import { BayplanError, formatRepository, type RepositoryName } from "@bayplan/core";

/** The host in references; the parser turns `index.docker.io` and `registry-1.docker.io` into it. */
export const hubHost = "docker.io";
/** Where the registry's API is. */
export const registryApiHost = "registry-1.docker.io";
/** Where its tokens come from. */
export const tokenHost = "auth.docker.io";
/** Where the Hub API is, which has tokens of its own. */
export const hubApiOrigin = "https://hub.docker.com";

/** A repository as the Hub API names it. */
export interface HubRepository {
  /** Of a user or an organisation; `library` for official images. */
  readonly namespace: string;
  readonly name: string;
}

/**
 * The two parts of a repository's name.
 *
 * @throws BayplanError `NOT_ALLOWED` for another host, `INVALID_REFERENCE` for more or fewer than two parts.
 */
export function hubRepository(repository: RepositoryName): HubRepository {
  refuseForeign(repository);
  const [namespace, name, ...more] = repository.repository.split("/");
  if (namespace !== undefined && name !== undefined && more.length === 0) return { namespace, name };
  throw new BayplanError(
    "INVALID_REFERENCE",
    `${formatRepository(repository)} cannot be on Docker Hub: names there have two parts, as in docker.io/bayplan/example.`,
  );
}

/** Throws `NOT_ALLOWED` for a host that is not Docker Hub's. */
export function refuseForeign({ registry }: RepositoryName): void {
  if (registry === hubHost) return;
  throw new BayplanError(
    "NOT_ALLOWED",
    `This adapter answers for ${hubHost}, not for ${registry}. Use another adapter, or add the host.`,
  );
}

/** Throws `DENIED` for an official image, which only Docker changes. */
export function refuseOfficial(repository: RepositoryName): void {
  if (repository.registry !== hubHost || !repository.repository.startsWith("library/")) return;
  throw new BayplanError(
    "DENIED",
    `${formatRepository(repository)} is an official image, which only Docker changes. Name your own namespace, as in docker.io/bayplan/example.`,
  );
}
