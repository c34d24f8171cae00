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
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [line(head), ...body.map(line)].join("\n");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
