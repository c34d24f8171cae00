import { type CallOptions, type Instant, instantToMs, type VersionCandidate } from "@bayplan/core";

/** A candidate as a source keeps it: what depends on the day it is looked at stays a date. */
export interface SourceRow extends VersionCandidate {
  /** Its end of life begins then. */
  readonly endOfLifeFrom?: Instant;
  /** Its long-term support begins then. */
  readonly ltsFrom?: Instant;
}

/** One page of a source. */
export interface SourcePage {
  readonly rows: readonly SourceRow[];
  /** Absolute address of the next page; absent on the last one. */
  readonly next?: string;
  /** The source said that it has more than it gives. */
  readonly truncated?: boolean;
  /** Validator of the answer, for `If-None-Match`. */
  readonly etag?: string;
}

/** A page that was kept, with the address it was asked for. */
export interface KeptPage extends SourcePage {
  readonly url: string;
}

/** Which page is to be read. */
export interface PageRequest {
  readonly url: string;
  /** From 1. */
  readonly number: number;
  /** What was read there before. */
  readonly known: KeptPage | undefined;
}

/** Reads one page; whatever fails throws. */
export type ReadPage = (request: PageRequest, call: CallOptions) => Promise<SourcePage>;

/** The candidate as it is at that time. */
export function candidateAt({ endOfLifeFrom, ltsFrom, ...candidate }: SourceRow, now: Instant): VersionCandidate {
  const hasCome = (day: Instant): boolean => instantToMs(day) <= instantToMs(now);
  return {
    ...candidate,
    ...(endOfLifeFrom === undefined ? {} : { endOfLife: hasCome(endOfLifeFrom) }),
    ...(ltsFrom === undefined ? {} : { lts: hasCome(ltsFrom) }),
  };
}
