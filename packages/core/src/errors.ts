import type { RemovalRefusal } from "./removal-refusal.ts";

/**
 * Why an operation was refused or failed. Closed: switch over it without a default branch.
 *
 * - `INVALID_*`: the caller's data is wrong; `problems` lists everything that is.
 * - `CYCLE`, `UNKNOWN_BASE`: the image graph cannot be ordered.
 * - `UNAUTHORIZED` (no or wrong credentials), `DENIED` (known caller, not allowed), `NOT_FOUND`.
 * - `RATE_LIMITED`, `UNAVAILABLE` (unreachable or 5xx), `TIMEOUT`: try again later.
 * - `RESPONSE_INVALID`, `DIGEST_MISMATCH`: the other side answered something that cannot be true.
 * - `TAG_MOVED`, `TAG_IMMUTABLE`, `PLAN_STALE`, `PLAN_EXPIRED`: the world is not as planned; nothing was overwritten.
 * - `INCOMPLETE`: a listing ended early, so nothing may be concluded from what it lacks.
 * - `NOT_ALLOWED`: the plan asks for something outside the definition.
 */
export type BayplanErrorCode =
  | "INVALID_REFERENCE"
  | "INVALID_DIGEST"
  | "INVALID_PLATFORM"
  | "INVALID_VERSION"
  | "INVALID_TAG"
  | "INVALID_DEFINITION"
  | "INVALID_PLAN"
  | "INVALID_INPUT"
  | "CYCLE"
  | "UNKNOWN_BASE"
  | "UNAUTHORIZED"
  | "DENIED"
  | "NOT_FOUND"
  | "CONFLICT"
  | "RATE_LIMITED"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "RESPONSE_INVALID"
  | "DIGEST_MISMATCH"
  | "PLATFORM_MISMATCH"
  | "TAG_MOVED"
  | "TAG_IMMUTABLE"
  | "UNSUPPORTED"
  | "INCOMPLETE"
  | "PLAN_STALE"
  | "PLAN_EXPIRED"
  | "NOT_ALLOWED"
  | "RUN_FAILED"
  | "CANCELLED";

/** One thing that is wrong with a document: where, what was found, what was expected. */
export interface Problem {
  /** Path inside the document, for example `images.numpy-tsan.base`. Empty for the document itself. */
  readonly path: string;
  /** What stands there, shortened, never a secret. */
  readonly found: string;
  /** What would be accepted. */
  readonly expected: string;
}

/** What a {@link BayplanError} may carry beside its code and sentence. */
export interface BayplanErrorOptions {
  readonly cause?: unknown;
  /** Every problem found in a document, not only the first. Default none. */
  readonly problems?: readonly Problem[];
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** HTTP status that was answered, if one was. */
  readonly status?: number;
  /** What a removal was refused for, where that is known better than the code says. */
  readonly refusal?: RemovalRefusal;
}

const marker = Symbol.for("@bayplan/error");

/**
 * The one error class of Bayplan: a code to branch on and a sentence that says what to do.
 *
 * Use {@link isBayplanError} rather than `instanceof`, which fails when two copies of core are installed.
 */
export class BayplanError extends Error {
  readonly code: BayplanErrorCode;
  readonly problems: readonly Problem[];
  // Declared only: a field would be there as `undefined` on every error.
  declare readonly retryAfterMs?: number;
  declare readonly status?: number;
  declare readonly refusal?: RemovalRefusal;

  constructor(code: BayplanErrorCode, message: string, options: BayplanErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BayplanError";
    this.code = code;
    this.problems = options.problems ?? [];
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.status !== undefined) this.status = options.status;
    if (options.refusal !== undefined) this.refusal = options.refusal;
    Object.defineProperty(this, marker, { value: true });
  }
}

/** Whether `error` is a {@link BayplanError}, of this or of another installed copy of core. */
export function isBayplanError(error: unknown): error is BayplanError {
  return typeof error === "object" && error !== null && marker in error;
}

/** Throws `CANCELLED` if the signal was aborted; its reason becomes the cause. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BayplanError("CANCELLED", "The operation was cancelled.", { cause: signal.reason });
}
