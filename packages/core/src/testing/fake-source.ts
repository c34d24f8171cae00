import { BayplanError, throwIfCancelled } from "../errors.ts";
import type { Completeness, VersionCandidate, VersionSource } from "../ports/version-source.ts";

/** A source that lists these versions, or fails after them. */
export interface FakeSource extends VersionSource {
  /** How often it was listed. */
  asked: number;
  candidates: readonly (string | VersionCandidate)[];
  completeness: Completeness;
  /** Thrown after the candidates. */
  error: Error | undefined;
}

/** A version source in memory. */
export function createFakeSource(candidates: FakeSource["candidates"] = [], id = "fake"): FakeSource {
  const source: FakeSource = {
    id,
    asked: 0,
    candidates,
    completeness: { truncated: false },
    error: undefined,
    list(options) {
      source.asked += 1;
      let isEnded = false;
      return {
        completeness() {
          if (!isEnded) throw new BayplanError("INCOMPLETE", "The listing was not read to its end.");
          return source.completeness;
        },
        async *[Symbol.asyncIterator]() {
          throwIfCancelled(options?.signal);
          for (const candidate of source.candidates) {
            yield typeof candidate === "string" ? { raw: candidate } : candidate;
          }
          if (source.error !== undefined) throw source.error;
          isEnded = true;
        },
      };
    },
  };
  return source;
}
