const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // The micro sign and the Greek letter: Go writes the first and reads both.
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const whole = /^(?:\d{1,12}(?:\.\d{1,12})?(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h)){1,8}$/;
const part = /(\d+(?:\.\d+)?)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;

/**
 * Milliseconds of a duration as Go prints it (`10.305464ms`, `880.092µs`, `1m2s`); `undefined` if it is none.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseGoDuration(text: string): number | undefined {
  if (!whole.test(text)) return undefined;
  return [...text.matchAll(part)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ""] ?? 0),
    0,
  );
}
