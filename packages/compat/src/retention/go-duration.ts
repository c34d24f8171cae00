const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a duration of Go such as `1h30m`, `1.5s` or `0`. `undefined` for every other text, negative ones
 * included.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function goDurationMs(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(count) * (units[unit ?? ""] ?? 0);
  }
  return total;
}
