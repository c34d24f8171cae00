import { createOciRegistry } from "@bayplan/registry-oci";
import { answerParent } from "../answer-parent.ts";

/** Which listing is read, and how often the heap is looked at. */
export interface ListingJob {
  /** Host and port. */
  readonly host: string;
  /** Tags between two looks. */
  readonly every: number;
}

/** The memory at one point of a listing. */
export interface HeapSample {
  readonly tags: number;
  /** What is still in use after collecting garbage, in bytes. */
  readonly heap: number;
  /** Of the whole process, in bytes. */
  readonly resident: number;
  /** Since the beginning of the listing, the looking included. */
  readonly seconds: number;
}

answerParent<ListingJob>(async ({ host, every }): Promise<readonly HeapSample[]> => {
  const registry = createOciRegistry({ hosts: [host] });
  const samples: HeapSample[] = [];
  const started = performance.now();
  let tags = 0;
  for await (const _ of registry.listTags({ registry: host, repository: "bench/many" })) {
    tags += 1;
    if (tags % every === 0) samples.push(look(tags, started));
  }
  await registry.close();
  return samples;
});

function look(tags: number, started: number): HeapSample {
  if (gc === undefined) throw new Error("start with --expose-gc");
  gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { tags, heap: heapUsed, resident: rss, seconds: (performance.now() - started) / 1000 };
}
