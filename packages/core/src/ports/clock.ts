import type { Instant } from "../instant.ts";
import type { CallOptions } from "./call-options.ts";

/** Waiting and the current time. Tests pass a virtual one. */
export interface Clock {
  now(): Instant;
  /** Resolves after that many milliseconds; throws `CANCELLED` if the signal aborts first. */
  sleep(durationMs: number, options?: CallOptions): Promise<void>;
}
