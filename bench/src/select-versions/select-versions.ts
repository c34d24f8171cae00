import { alignTable } from "../align-table.ts";
import { askInChild } from "../child-process.ts";
import { median } from "../median.ts";
import type { SelectJob, SelectRun } from "./select-client.ts";

const [few, many] = [10_000, 100_000];
const rounds = 7;

/** Choosing the highest of a hundred thousand tags: beside sorting them with `semver`, and beside a loop by hand. */
export async function benchSelectVersions(): Promise<void> {
  const client = new URL("./select-client.ts", import.meta.url);
  const small = await askInChild<readonly SelectRun[]>(client, { count: few, rounds } satisfies SelectJob);
  const large = await askInChild<readonly SelectRun[]>(client, { count: many, rounds } satisfies SelectJob);
  for (const runs of [small, large]) {
    const picks = new Set(runs.map(({ picked }) => picked));
    if (picks.size > 1) throw new Error(`the ways do not agree: ${[...picks].join(", ")}`);
  }
  const [rsort] = large;
  if (rsort === undefined) throw new Error("nothing was measured");
  const base = median(rsort.seconds);
  const rows = large.map(({ name, seconds }, index) => {
    const [here, there] = [median(seconds), median(small[index]?.seconds ?? [])];
    const times = [there, here].map((value) => (value * 1000).toFixed(1));
    return [name, ...times, `${(here / there).toFixed(1)} x`, `${(here / base).toFixed(2)} x`];
  });
  console.log(`The highest final one of ${many} semantic versions, median of ${rounds}, Node ${process.version}`);
  console.log(alignTable(["way", `ms for ${few}`, `ms for ${many}`, "ten times as many", "of semver.rsort"], rows));
}
