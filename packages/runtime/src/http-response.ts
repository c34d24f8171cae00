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
  /**
   * On refusals (400 and above): takes out of a text of theirs what was secret in the request, as it stands or as
   * servers repeat it. Body and headers are what the server sent: show nothing of them that did not go through this.
   */
  readonly redact?: (text: string) => string;
}

/** An answer whose body arrives piece by piece. Iterate it, or break out of it: an untouched body keeps its connection. */
export type HttpStreamResponse = Omit<HttpResponse, "body"> & { readonly body: AsyncIterable<Uint8Array> };
