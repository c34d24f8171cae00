import type { HttpClient } from "@bayplan/runtime";

/** A client that speaks https where the adapter, which takes no certificates from this computer, says http. */
export function useHttps(http: HttpClient): HttpClient {
  const encrypted = (url: string | URL): string => String(url).replace(/^http:/, "https:");
  const plain = (url: string): string => url.replace(/^https:/, "http:");
  return {
    async request(request, options) {
      const response = await http.request({ ...request, url: encrypted(request.url) }, options);
      return { ...response, url: plain(response.url) };
    },
    async stream(request, options) {
      const response = await http.stream({ ...request, url: encrypted(request.url) }, options);
      return { ...response, url: plain(response.url) };
    },
    close: http.close,
  };
}
