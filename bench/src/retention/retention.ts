import { alignTable } from "../align-table.ts";
import { askInChild } from "../child-process.ts";
import { median } from "../median.ts";
import type { RetentionJob, RetentionRun } from "./retention-client.ts";

const sizes = [10_000, 30_000, 100_000];
const rounds = 5;
const seed = 11;

/** What deciding about a large repository costs, cold, and how that grows. */
export async function benchRetention(): Promise<void> {
  const client = new URL("./retention-client.ts", import.meta.url);
  const rows: string[][] = [];
  const costs: { readonly size: number; readonly ms: number }[] = [];
  for (const size of sizes) {
    const runs: RetentionRun[] = [];
    for (let round = 0; round < rounds; round += 1)
      runs.push(await askInChild(client, { size, seed } satisfies RetentionJob));
    const [first] = runs;
    if (first === undefined) return;
    const ms = median(runs.map(({ cpuMs }) => cpuMs));
    const best = Math.min(...runs.map(({ cpuMs }) => cpuMs));
    const resident = Math.max(...runs.map((run) => run.resident)) / 1024 ** 2;
    costs.push({ size, ms });
    const counts = [first.manifests, first.deleted, first.untagged].map(String);
    rows.push([...counts, best.toFixed(0), ms.toFixed(0), ((ms * 1000) / size).toFixed(1), resident.toFixed(0)]);
  }
  console.log(
    `evaluateRetention, 2 platforms with attestations, signatures, SBOMs, 7 rules, seed ${seed}, a fresh process each, CPU, ${rounds} rounds, Node ${process.version}`,
  );
  const head = ["manifests", "deleted", "untagged", "best ms", "median ms", "µs each", "process MiB"];
  console.log(alignTable(head, rows));
  const [small, , large] = costs;
  if (small === undefined || large === undefined) return;
  const slope = Math.log(large.ms / small.ms) / Math.log(large.size / small.size);
  console.log(`slope from ${small.size} to ${large.size}, 1 is linear: ${slope.toFixed(2)}`);
}
