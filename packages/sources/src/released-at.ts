import { BayplanError, type Instant, parseInstant } from "@bayplan/core";

/** Where a time was found, for the error. */
interface ReleasedAtOptions {
  readonly doing: string;
  readonly path: string;
}

/** A publisher's time as a candidate's field; without an offset it is UTC, and nothing when there is none. */
export function releasedAt(text: string | null | undefined, options: ReleasedAtOptions): { releasedAt?: Instant } {
  if (text === null || text === undefined) return {};
  try {
    return { releasedAt: parseInstant(/T[\d:.]+$/.test(text) ? `${text}Z` : text) };
  } catch (cause) {
    throw new BayplanError("RESPONSE_INVALID", `${options.doing} failed: there is no time at ${options.path}.`, {
      cause,
      problems: [{ path: options.path, found: text.slice(0, 40), expected: "an RFC 3339 time" }],
    });
  }
}
