import type { SourceTransport } from "./read-json.ts";
import type { SourceCaching } from "./source-cache.ts";

/** What every source over HTTP takes. */
export interface HttpSourceOptions extends SourceTransport, SourceCaching {
  /** Where the API is, without credentials and query; for mirrors and tests. Default the public one. */
  readonly baseUrl?: string;
  /** Names the source in plans and reports. Default the name of the API and what is listed. */
  readonly id?: string;
}
