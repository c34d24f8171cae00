/** Accepted by every asynchronous call: aborting the signal ends it with `CANCELLED`. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}
