import { BayplanError, type Completeness, type VersionCandidate, type VersionListing } from "@bayplan/core";

/** A listing over pages of candidates: what its generator returns in the end is how complete it was. */
export type CandidatePages = AsyncGenerator<readonly VersionCandidate[], Completeness, void>;

/**
 * A {@link VersionListing} over `read`, which begins anew with each iteration. A version that appears again is left
 * out, also when a new release shifts the pages while they are read.
 */
export function createVersionListing(read: () => CandidatePages): VersionListing {
  let outcome: Completeness | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      outcome = undefined;
      const seen = new Set<string>();
      const pages = read();
      for (let page = await pages.next(); ; page = await pages.next()) {
        if (page.done === true) {
          outcome = page.value;
          return;
        }
        for (const candidate of page.value) {
          if (!seen.has(candidate.raw)) yield candidate;
          seen.add(candidate.raw);
        }
      }
    },
    completeness() {
      if (outcome === undefined) {
        throw new BayplanError("INCOMPLETE", "This listing has not ended: iterate it to the end, then ask.");
      }
      return outcome;
    },
  };
}
