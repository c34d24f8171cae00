const second = 1000;
const day = 24 * 3600 * second;
const units: readonly (readonly [readonly string[], number])[] = [
  [["nanos", "nsec", "ns"], 1e-6],
  [["usec", "us"], 1e-3],
  [["millis", "msec", "ms"], 1],
  [["seconds", "second", "secs", "sec", "s"], second],
  [["minutes", "minute", "mins", "min", "m"], 60 * second],
  [["hours", "hour", "hrs", "hr", "h"], 3600 * second],
  [["days", "day", "d"], day],
  [["weeks", "week", "wks", "wk", "w"], 7 * day],
  [["months", "month", "M"], 2_630_016 * second],
  [["years", "year", "yrs", "yr", "y"], 31_557_600 * second],
];
const factors = new Map(units.flatMap(([names, factor]) => names.map((name): [string, number] => [name, factor])));

/**
 * Milliseconds of a text such as `2w`, `1month 3days` or `0`, as the Rust crate humantime reads them: a month has 30.44
 * days, a year 365.25. `undefined` for every other text.
 *
 * @see https://docs.rs/humantime
 */
export function humantimeMs(text: string): number | undefined {
  const bare = text.trim();
  if (bare === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?\s*[A-Za-z]+\s*)+$/.test(bare)) return undefined;
  let total = 0;
  for (const [, count, unit] of bare.matchAll(/(\d+(?:\.\d+)?)\s*([A-Za-z]+)/g)) {
    const factor = factors.get(unit ?? "");
    if (factor === undefined) return undefined;
    total += Number(count) * factor;
  }
  return total;
}
