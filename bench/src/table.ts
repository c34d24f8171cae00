import { alignTable } from "./align-table.ts";
import { median } from "./median.ts";

/** One row of a comparison. */
export interface Measured {
  readonly name: string;
  /** Of every round, in seconds. */
  readonly seconds: readonly number[];
  /** What the seconds are for. Default: all references. */
  readonly note?: string;
}

/** Best and median of every way, as rate and as ratio to the limit and to ours; ratios compare within this one run. */
export function formatTable(
  rows: readonly Measured[],
  names: { readonly limit: string; readonly ours: string; readonly count: number },
): string {
  const best = (name: string) => Math.min(...(rows.find((row) => row.name === name)?.seconds ?? [Number.NaN]));
  const [limit, ours] = [best(names.limit), best(names.ours)];
  const head = ["way", "best s", "median s", "refs/s", "of limit", "ours is faster by"];
  const body = rows.map((row) => {
    const fastest = Math.min(...row.seconds);
    const rate = Math.round(names.count / fastest);
    const cells = [row.name, fastest.toFixed(3), median(row.seconds).toFixed(3), String(rate)];
    return [...cells, `${Math.round((limit / fastest) * 100)} %`, `${(fastest / ours).toFixed(1)} x`];
  });
  return alignTable(head, body);
}
