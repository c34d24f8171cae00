import { type CallOptions, type Instant, isBayplanError, isInstant } from "@bayplan/core";
import { z } from "zod";
import type { SourceCache } from "./source-cache.ts";
import type { KeptPage, SourceRow } from "./source-page.ts";

/** A whole listing as it was read. */
export interface KeptListing {
  readonly formatVersion: 1;
  /** When the first page was asked for. */
  readonly readAt: Instant;
  readonly truncated: boolean;
  readonly pages: readonly KeptPage[];
}

const Time = z.string().refine((text) => isInstant(text), "an RFC 3339 time");
const flag = z.boolean().optional();
const Row = z.object({
  raw: z.string().min(1).max(1024),
  releasedAt: Time.optional(),
  prerelease: flag,
  yanked: flag,
  deprecated: flag,
  endOfLife: flag,
  lts: flag,
  commit: z.string().optional(),
  endOfLifeFrom: Time.optional(),
  ltsFrom: Time.optional(),
});
const Listing = z.object({
  formatVersion: z.literal(1),
  readAt: Time,
  truncated: z.boolean(),
  pages: z.array(
    z.object({
      url: z.string(),
      rows: z.array(Row),
      next: z.string().optional(),
      truncated: flag,
      etag: z.string().optional(),
    }),
  ),
});

/** Rows that somebody else made, checked; other members are left out. */
export const SourceRows: z.ZodType<readonly SourceRow[]> = z
  .array(Row)
  .transform((rows) => JSON.parse(JSON.stringify(rows)) as readonly SourceRow[]);

/** The listing that was kept; `undefined` if there is none, or none that can be read. */
export async function readKept(cache: SourceCache, key: string, call: CallOptions): Promise<KeptListing | undefined> {
  try {
    const text = await cache.read(key, call);
    if (text === undefined) return undefined;
    const parsed = Listing.safeParse(JSON.parse(text));
    // JSON has no `undefined`, so that optional members are either there or not.
    return parsed.success ? (parsed.data as KeptListing) : undefined;
  } catch (error) {
    return ignoreUnlessCancelled(error);
  }
}

/** Keeps a listing, if the cache takes it. */
export async function writeKept(
  cache: SourceCache,
  key: string,
  listing: KeptListing,
  call: CallOptions,
): Promise<void> {
  try {
    await cache.write(key, JSON.stringify(listing), call);
  } catch (error) {
    ignoreUnlessCancelled(error);
  }
}

function ignoreUnlessCancelled(error: unknown): undefined {
  if (isBayplanError(error) && error.code === "CANCELLED") throw error;
  return undefined;
}
