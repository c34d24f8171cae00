import type { HttpHeaders } from "./http-headers.ts";

/** A complete answer. Any status may stand here: classify it, for example with `errorFromResponse`. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Where the answer came from, redirects followed. */
  readonly url: string;
  readonly body: Uint8Array;
  /** How long `Retry-After` asks to wait, or the text of a refusal that is worth a retry; absent if neither does. */
  readonly retryAfterMs?: number;
}

/** An answer whose body arrives piece by piece. Iterate it, or break out of it: an untouched body keeps its connection. */
export type HttpStreamResponse = Omit<HttpResponse, "body"> & { readonly body: AsyncIterable<Uint8Array> };
