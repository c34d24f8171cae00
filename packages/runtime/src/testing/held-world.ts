import { createHttpClient, type HttpClient, type HttpClientOptions } from "../http-client.ts";
import type { HttpRequest } from "../http-request.ts";
import { createHeldFetch, type HeldFetch } from "./held-fetch.ts";
import { createManualClock, type ManualClock, settled } from "./manual-clock.ts";
import { codeOf } from "./open-http.ts";

/** The URL that the requests of a {@link HeldWorld} go to unless they say otherwise. */
export const heldUrl = "https://host.example/v2/";

/** A client whose network answers and whose time passes when the test says so. */
export interface HeldWorld {
  readonly network: HeldFetch;
  readonly clock: ManualClock;
  readonly http: HttpClient;
  /** Sends at once as many as asked for; gives the code of each, or "resolved". */
  many(count: number, request?: Partial<HttpRequest>): Promise<string>[];
  /** How many requests the gate of `heldUrl` lets through at once; leaves nothing behind. */
  probe(): Promise<number>;
}

/** A {@link HeldWorld}. */
export function createHeldWorld(options: HttpClientOptions = {}): HeldWorld {
  const network = createHeldFetch();
  const clock = createManualClock();
  const http = createHttpClient({ fetch: network.fetch, clock, random: () => 0.5, ...options });
  return {
    network,
    clock,
    http,
    many: (count, request = {}) =>
      Array.from({ length: count }, () => codeOf(http.request({ method: "GET", url: heldUrl, ...request }))),
    async probe() {
      const before = network.held.length;
      const control = new AbortController();
      const request = { method: "POST", url: heldUrl } as const;
      const calls = Array.from({ length: 100 }, () => codeOf(http.request(request, { signal: control.signal })));
      await settled();
      const through = network.held.length - before;
      control.abort();
      await Promise.all(calls);
      return through;
    },
  };
}
