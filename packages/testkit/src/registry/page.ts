import { refusal } from "./refusal.ts";

/** One page of a listing, and the query of the next where there is one. */
export interface Page {
  readonly names: readonly string[];
  readonly next?: string;
}

/**
 * Cuts a page out of names: those after `last`, in lexical order, at most `n` and never more than the page size. The
 * next page is named by what stood last, so that it starts right there whatever is added or deleted meanwhile.
 */
export function cutPage(names: Iterable<string>, query: URLSearchParams, pageSize: number): Page {
  const asked = parseCount(query.get("n")) ?? pageSize;
  const last = query.get("last");
  const rest = [...names].sort().filter((name) => last === null || name > last);
  const page = rest.slice(0, Math.min(asked, pageSize));
  const end = page.at(-1);
  if (end === undefined || page.length === rest.length) return { names: page };
  const next = new URLSearchParams(query);
  next.set("n", String(asked));
  next.set("last", end);
  return { names: page, next: next.toString() };
}

/** The relative Link to the next page, or no header. */
export function nextLink(path: string, { next }: Page): Readonly<Record<string, string>> {
  return next === undefined ? {} : { link: `<${path}?${next}>; rel="next"` };
}

function parseCount(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw refusal(400, { code: "PAGINATION_NUMBER_INVALID", message: "invalid number of results requested" });
}
