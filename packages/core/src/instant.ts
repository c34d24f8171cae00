import { BayplanError } from "./errors.ts";

/** RFC 3339 time in UTC, for example `2026-11-21T02:00:00Z`. Core never reads a clock: instants come in. */
export type Instant = string & { readonly __brand: "Instant" };

const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Whether the text is a time that {@link parseInstant} would accept. */
export function isInstant(text: string): text is Instant {
  return pattern.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * Reads an RFC 3339 time and normalises it to UTC.
 *
 * @throws BayplanError `INVALID_INPUT` when the text is not RFC 3339 with an offset.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseInstant(text: string): Instant {
  if (!isInstant(text)) {
    throw new BayplanError(
      "INVALID_INPUT",
      `"${String(text).slice(0, 40)}" is not a time. Write RFC 3339 with an offset, for example 2026-11-21T02:00:00Z.`,
    );
  }
  return instantFromMs(Date.parse(text));
}

/** The instant that many milliseconds after 1970-01-01T00:00:00Z. Whole seconds are printed without a fraction. */
export function instantFromMs(epochMs: number): Instant {
  return new Date(epochMs).toISOString().replace(".000Z", "Z") as Instant;
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export function instantToMs(instant: Instant): number {
  return Date.parse(instant);
}

/** The instant `durationMs` milliseconds later. */
export function addMs(instant: Instant, durationMs: number): Instant {
  return instantFromMs(instantToMs(instant) + durationMs);
}
