import { BayplanError } from "../errors.ts";

const second = 1000;
const units: Readonly<Record<string, number>> = {
  s: second,
  m: 60 * second,
  h: 3600 * second,
  d: 24 * 3600 * second,
  w: 7 * 24 * 3600 * second,
  y: 365 * 24 * 3600 * second,
};

/** Milliseconds of a text such as `36h`, `7d` or `1d12h`; `undefined` when it is none. */
export function durationMs(text: string): number | undefined {
  if (text.length > 40 || !/^(?:\d+[smhdwy])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdwy])/g)) total += Number(count) * (units[unit ?? ""] ?? 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/**
 * Milliseconds of a duration: numbers with `s`, `m` (minutes), `h`, `d`, `w` or `y` (365 days), for example `36h` or
 * `1d12h`. There is no month: its length is not known.
 *
 * @throws BayplanError `INVALID_INPUT` for any other text.
 */
export function parseDuration(text: string): number {
  const milliseconds = durationMs(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new BayplanError(
    "INVALID_INPUT",
    `"${String(text).slice(0, 40)}" is not a duration. Write a number and s, m, h, d, w or y, for example 36h or 7d.`,
  );
}
