import { BayplanError } from "../errors.ts";
import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { RegistryAdapter } from "./registry.ts";

/**
 * The same registry without its effects: reading goes through, putting and tagging throw `NOT_ALLOWED`, and the
 * capabilities to delete, untag and mount are not there. Built from what is known to read, so an adapter's own extra
 * methods do not come along.
 */
export function readOnly(registry: RegistryAdapter): RegistryAdapter {
  const { resolveMany, referrers, inventory } = registry;
  const refuse = async (repository: RepositoryName): Promise<never> => {
    const message = `${formatRepository(repository)} may only be read here. Pass the registry itself, without readOnly, to change it.`;
    throw new BayplanError("NOT_ALLOWED", message);
  };
  return {
    id: registry.id,
    hosts: registry.hosts,
    resolve: (reference, options) => registry.resolve(reference, options),
    fetchManifest: (reference, options) => registry.fetchManifest(reference, options),
    fetchBlob: (reference, options) => registry.fetchBlob(reference, options),
    listTags: (repository, options) => registry.listTags(repository, options),
    putManifest: refuse,
    putBlob: refuse,
    tag: refuse,
    ...(resolveMany === undefined ? {} : { resolveMany: resolveMany.bind(registry) }),
    ...(referrers === undefined ? {} : { referrers: { list: referrers.list.bind(referrers) } }),
    ...(inventory === undefined ? {} : { inventory: { list: inventory.list.bind(inventory) } }),
  };
}
