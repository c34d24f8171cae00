import { BayplanError } from "../errors.ts";
import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { RegistryAdapter, RegistryInventory } from "./registry.ts";

/**
 * The same registry without its effects: reading goes through, putting and tagging throw `NOT_ALLOWED`, and the
 * capabilities to delete, untag and mount are not there (how it would untag is still told, so that a clean-up can be planned). Built from what is known to read, so an adapter's own extra
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
    // What it covers goes along: a list without untagged manifests must not pass for a whole one.
    ...(inventory === undefined ? {} : { inventory: readInventory(inventory) }),
    untagging: registry.untagging ?? (registry.untag === undefined ? "unsupported" : "any"),
  };
}

function readInventory(inventory: RegistryInventory): RegistryInventory {
  const { covers, refusesReferenced } = inventory;
  return {
    ...(covers === undefined ? {} : { covers }),
    ...(refusesReferenced === undefined ? {} : { refusesReferenced }),
    list: inventory.list.bind(inventory),
  };
}
