import { BayplanError, type Instant, parseInstant } from "@bayplan/core";

/** Where a time was found, for the error. */
interface ReleasedAtOptions {
  readonly doing: string;
  readonly path: string;
}

/** A publisher's time as a candidate's field, and nothing when there is none. */
export function releasedAt(text: string | null | undefined, options: ReleasedAtOptions): { releasedAt?: Instant } {
  return text === null || text === undefined ? {} : { releasedAt: readTime(text, options) };
}

/**
 * A publisher's time; without an offset it is UTC, and a day alone is its beginning.
 *
 * @throws BayplanError `RESPONSE_INVALID` when there is none.
 */
export function readTime(text: string, options: ReleasedAtOptions): Instant {
  const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  try {
    return parseInstant(/T[\d:.]+$/.test(whole) ? `${whole}Z` : whole);
  } catch {
    // Without what stands there, and without the cause that quotes it: servers may repeat a token anywhere.
    throw new BayplanError("RESPONSE_INVALID", `${options.doing} failed: there is no time at ${options.path}.`, {
      problems: [{ path: options.path, found: "something else", expected: "an RFC 3339 time, or a day" }],
    });
  }
}
