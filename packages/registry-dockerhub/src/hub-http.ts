import type { CallOptions } from "@bayplan/core";
import type { HttpClient, HttpRequest } from "@bayplan/runtime";
import { registryApiHost, tokenHost } from "./hub-repository.ts";
import type { LoginGuard } from "./login-guard.ts";
import type { PullBudget } from "./pull-budget.ts";

/** The client with Docker Hub's manners: logins go through the guard, pulls are counted. */
export function createHubHttp(http: HttpClient, manners: { guard: LoginGuard; budget: PullBudget }): HttpClient {
  const { guard, budget } = manners;

  return {
    async request(request, options: CallOptions = {}) {
      const { host, pathname } = new URL(request.url);
      // The one request that counts as a pull.
      if (host === registryApiHost && request.method === "GET" && pathname.includes("/manifests/")) budget.check();
      if (host === tokenHost && request.authorization !== undefined) {
        const send = (retry: HttpRequest["retry"]) =>
          http.request(retry === undefined ? request : { ...request, retry }, options);
        return await guard.send(send, options);
      }
      const response = await http.request(request, options);
      if (host === registryApiHost) budget.note(response.headers);
      return response;
    },
    // Only blobs are streamed, which nobody counts.
    stream: (request, options) => http.stream(request, options),
    close: () => http.close(),
  };
}
