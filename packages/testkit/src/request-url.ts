const urls = new WeakMap<Request, URL>();

/** The address of a request, parsed once however many ask for it. Not to be changed. */
export function urlOf(request: Request): URL {
  const known = urls.get(request);
  if (known !== undefined) return known;
  const url = new URL(request.url);
  urls.set(request, url);
  return url;
}
