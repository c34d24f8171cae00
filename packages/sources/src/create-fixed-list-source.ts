import { throwIfCancelled, type VersionCandidate, type VersionSource } from "@bayplan/core";
import { createVersionListing } from "./version-listing.ts";

/**
 * A source whose versions are given: for lists kept in a file, for what another program found out, for tests. Always
 * complete; a version that appears again is left out. Listing throws `CANCELLED` only.
 */
export function createFixedListSource(id: string, candidates: readonly VersionCandidate[]): VersionSource {
  const kept = candidates.map((candidate) => ({ ...candidate }));
  return {
    id,
    list: ({ signal } = {}) =>
      createVersionListing(async function* () {
        throwIfCancelled(signal);
        yield kept;
        return { truncated: false };
      }),
  };
}
