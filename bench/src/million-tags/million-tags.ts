import { alignTable } from "../align-table.ts";
import { askInChild, startInChild } from "../child-process.ts";
import type { HeapSample, ListingJob } from "./tags-client.ts";

const tags = 1_000_000;
const every = 100_000;
const mebibyte = 1024 * 1024;

/** Live heap while a million tags are listed in pages of 1,000 and forgotten: it must not grow with them. */
export async function benchMillionTags(): Promise<void> {
  const server = await startInChild(new URL("./tags-server.ts", import.meta.url));
  try {
    const host = `127.0.0.1:${await server.ask<number>({ tags })}`;
    const client = new URL("./tags-client.ts", import.meta.url);
    const job: ListingJob = { host, every };
    const samples = await askInChild<readonly HeapSample[]>(client, job, { execArgv: ["--expose-gc"] });
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last?.tags !== tags) throw new Error(`${last?.tags ?? 0} tags were listed`);
    console.log(`${tags} tags in pages of 1000, live heap after collecting garbage, Node ${process.version}`);
    console.log(alignTable(["tags", "live heap MiB", "process MiB", "seconds"], samples.map(row)));
    const growth = last.heap - first.heap;
    console.log(
      `from the first to the last look: ${(growth / mebibyte).toFixed(1)} MiB, ${(growth / (last.tags - first.tags)).toFixed(1)} bytes per tag`,
    );
  } finally {
    await server.close();
  }
}

function row({ tags: count, heap, resident, seconds }: HeapSample): readonly string[] {
  return [String(count), (heap / mebibyte).toFixed(1), (resident / mebibyte).toFixed(0), seconds.toFixed(1)];
}
