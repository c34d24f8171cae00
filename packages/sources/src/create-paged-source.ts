import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Completeness,
  type Instant,
  instantToMs,
  isBayplanError,
  throwIfCancelled,
  type VersionSource,
} from "@bayplan/core";
import { createSharedWork, systemClock } from "@bayplan/runtime";
import { type KeptListing, readKept, writeKept } from "./kept-listing.ts";
import { badOption } from "./read-json.ts";
import { createMemorySourceCache, type SourceCaching } from "./source-cache.ts";
import { candidateAt, type KeptPage, type ReadPage, type SourcePage, type SourceRow } from "./source-page.ts";
import { type CandidatePages, createVersionListing } from "./version-listing.ts";

/** What a source of pages is made of. */
export interface PagedSource {
  readonly id: string;
  /** The beginning of sentences about failures: `Listing the tags of o/n`. */
  readonly doing: string;
  /** Address of the first page; the others must have the same origin. */
  readonly first: string;
  /** More pages make the listing truncated. */
  readonly maxPages: number;
  readonly readPage: ReadPage;
  /** What a cache must tell apart beside `id` and `first`, for example rights. Default nothing. */
  readonly keyedBy?: string;
  /** `freshForMs` when the caller gives none. Default 0. */
  readonly freshForMs?: number;
  /** Whether `readPage` looks at the page it is given as known. Default `true`. */
  readonly revalidates?: boolean;
}

const dayMs = 86_400_000;
const passing = new Set(["RATE_LIMITED", "UNAVAILABLE", "TIMEOUT"]);

/**
 * A source over pages, read as they are consumed. Each page is in flight once, however many listings want it. A listing
 * that was read to its end is kept: it is given again while it is fresh, its pages are asked for with their validators,
 * and it stands in, whole and marked as stale, when a page fails for a while.
 *
 * @throws BayplanError `INVALID_INPUT` for durations that are none.
 */
export function createPagedSource(source: PagedSource, options: SourceCaching & { clock?: Clock }): VersionSource {
  const { id, doing, maxPages, readPage, revalidates = true } = source;
  const first = new URL(source.first).href;
  const { cache = createMemorySourceCache(), clock = systemClock } = options;
  const freshForMs = durationOf("freshForMs", options.freshForMs ?? source.freshForMs ?? 0);
  const staleForMs = durationOf("staleForMs", options.staleForMs ?? dayMs);
  const key = [id, first, source.keyedBy ?? ""].join(" ");
  const share = createSharedWork<SourcePage>();

  async function* read(call: CallOptions): CandidatePages {
    throwIfCancelled(call.signal);
    // A listing may be long: it is read where it can be used, and else only when this one fails.
    const kept = revalidates || freshForMs > 0 ? await readKept(cache, key, call) : undefined;
    const readAt = clock.now();
    if (kept !== undefined && isYoungerThan(freshForMs, kept.readAt, readAt)) {
      yield* candidatesOf(kept.pages, readAt);
      return { truncated: kept.truncated };
    }
    const pages: KeptPage[] = [];
    let truncated = false;
    try {
      for (let url: string | undefined = first; url !== undefined && !truncated; ) {
        const request = { url, number: pages.length + 1, known: kept?.pages.find((page) => page.url === url) };
        const page: SourcePage = await share(url, (shared) => readPage(request, shared), call);
        pages.push({ ...page, url });
        yield page.rows.map((row) => candidateAt(row, readAt));
        url = checkNext(page.next, { doing, first, visited: pages });
        truncated = page.truncated === true || (url !== undefined && pages.length >= maxPages);
      }
    } catch (error) {
      if (!isBayplanError(error) || !passing.has(error.code) || staleForMs === 0) throw error;
      const stale = kept ?? (await readKept(cache, key, call));
      if (stale === undefined || !isYoungerThan(staleForMs, stale.readAt, clock.now())) throw error;
      // What was read of the new listing has been given; all of the old one follows, so that nothing is missing.
      yield* candidatesOf(stale.pages, readAt);
      return staleCompleteness(stale, { id, error });
    }
    const isOfUse = revalidates || freshForMs > 0 || staleForMs > 0;
    if (isOfUse) await writeKept(cache, key, { formatVersion: 1, readAt, truncated, pages }, call);
    return { truncated };
  }

  return { id, list: (call = {}) => createVersionListing(() => read(call)) };
}

function* candidatesOf(pages: readonly { readonly rows: readonly SourceRow[] }[], now: Instant) {
  for (const { rows } of pages) yield rows.map((row) => candidateAt(row, now));
}

function staleCompleteness(kept: KeptListing, { id, error }: { id: string; error: BayplanError }): Completeness {
  const failure = { source: id, error: error.code, message: error.message };
  return { truncated: kept.truncated, staleSince: kept.readAt, failures: [failure] };
}

function isYoungerThan(limitMs: number, readAt: Instant, now: Instant): boolean {
  const ageMs = instantToMs(now) - instantToMs(readAt);
  // What was read in the future is of a clock that went wrong.
  return ageMs >= 0 && ageMs < limitMs;
}

/** The next page's address. Throws `RESPONSE_INVALID` for one that must not, or need not, be asked for. */
function checkNext(
  next: string | undefined,
  { doing, first, visited }: { doing: string; first: string; visited: readonly KeptPage[] },
): string | undefined {
  if (next === undefined) return undefined;
  const url = URL.canParse(next) ? new URL(next) : undefined;
  if (url !== undefined) url.hash = "";
  const isOwn = url !== undefined && url.origin === new URL(first).origin && url.username + url.password === "";
  if (isOwn && !visited.some((page) => page.url === url.href)) return url.href;
  const what = isOwn ? "was read before" : "is at another origin, or nowhere";
  throw new BayplanError("RESPONSE_INVALID", `${doing} failed: the next page ${what}. Check baseUrl and any proxy.`);
}

function durationOf(path: string, value: number): number {
  if (!(value >= 0)) throw badOption(path, "a number of milliseconds from 0");
  return value;
}
