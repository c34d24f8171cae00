/** One page of a listing and the Link header that leads on. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Cuts the page that `per_page` (default 30, at most 100) and `page` ask for. */
export function cutPage<T>(all: readonly T[], url: URL): Page<T> {
  const perPage = Math.min(100, positive(url.searchParams.get("per_page"), 30));
  const page = positive(url.searchParams.get("page"), 1);
  const lastPage = Math.max(1, Math.ceil(all.length / perPage));
  const links: string[] = [];
  const add = (rel: string, number: number): void => {
    const target = new URL(url);
    target.searchParams.set("page", String(number));
    links.push(`<${target}>; rel="${rel}"`);
  };
  if (page > 1) add("prev", Math.min(page - 1, lastPage));
  if (page < lastPage) add("next", page + 1);
  if (page < lastPage) add("last", lastPage);
  if (page > 1) add("first", 1);
  const items = all.slice((page - 1) * perPage, page * perPage);
  return { items, headers: links.length === 0 ? {} : { link: links.join(", ") } };
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}
