import type { VersionCandidate, VersionListing } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";

/** A request as a scripted `fetch` got it. */
export interface ScriptedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** A `fetch` that answers from a function, and what it was asked. */
export function scriptedFetch(answer: (request: ScriptedRequest) => Response | Promise<Response>): {
  readonly fetch: FetchLike;
  readonly sent: ScriptedRequest[];
} {
  const sent: ScriptedRequest[] = [];
  return {
    sent,
    async fetch(url, { headers }) {
      const request = { url: new URL(url), headers };
      sent.push(request);
      return answer(request);
    },
  };
}

/** A JSON answer. */
export function json(data: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(data), { headers: { "content-type": "application/json", ...headers } });
}

/** Every candidate of a listing. */
export async function all(listing: VersionListing): Promise<VersionCandidate[]> {
  const candidates: VersionCandidate[] = [];
  for await (const candidate of listing) candidates.push(candidate);
  return candidates;
}
