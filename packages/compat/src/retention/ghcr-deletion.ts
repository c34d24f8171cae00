import type { Digest } from "@bayplan/core";
import type { GhcrPackage } from "./ghcr-package.ts";

/**
 * Deletes as ghcr-cleanup-action does: what an index lists goes with it if no other index that is left lists it, one level
 * deep and whatever tags it has; what is attached goes, too, and what is attached to that.
 *
 * @returns A function that gives everything that is gone.
 */
export function createGhcrDeletion({ repository, attachedByTag }: GhcrPackage) {
  const usedBy = new Map(repository.images.map(({ digest }) => [digest, new Set(repository.parentsOf(digest))]));
  const deleted = new Set<Digest>();
  const deleteImage = (digest: Digest): void => {
    const image = repository.image(digest);
    if (image === undefined || deleted.has(digest)) return;
    deleted.add(digest);
    for (const child of image.children) {
      const users = usedBy.get(child);
      if (users === undefined || deleted.has(child)) continue;
      if (users.size === 1 && users.has(digest)) deleted.add(child);
      else users.delete(digest);
    }
    for (const other of [...attachedByTag(digest), ...repository.referrersOf(digest)]) deleteImage(other);
  };
  return (digests: Iterable<Digest>): ReadonlySet<Digest> => {
    for (const digest of digests) deleteImage(digest);
    return deleted;
  };
}
