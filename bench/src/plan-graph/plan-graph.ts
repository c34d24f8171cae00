import { fileURLToPath } from "node:url";
import { alignTable } from "../align-table.ts";
import { askInChild } from "../child-process.ts";
import { median } from "../median.ts";
import type { GraphJob, GraphRun } from "./graph-client.ts";
import type { PlanJob, PlanRun } from "./plan-client.ts";

const path = fileURLToPath(new URL("../../../../shared/data/official-images-graph.json.gz", import.meta.url));
const sizes = [1, 10, 50];
// Not x50 as the graph: making that family and observing it, not planning it, takes minutes and several gigabytes.
const planSizes = [10, 20];
const rounds = 5;

/** What a graph of the official images' size costs, cold, how that grows, and what a plan with keys costs beside hashing. */
export async function benchPlanGraph(): Promise<void> {
  await benchGraph();
  await benchPlan();
}

async function benchGraph(): Promise<void> {
  const rows: string[][] = [];
  const costs: { readonly images: number; readonly ms: number }[] = [];
  for (const times of sizes) {
    const runs: GraphRun[] = [];
    for (let round = 0; round < rounds; round += 1)
      runs.push(await askInChild(new URL("./graph-client.ts", import.meta.url), { path, times } satisfies GraphJob));
    const [first] = runs;
    if (first === undefined) return;
    const ms = median(runs.map((run) => run.cpuMs));
    const best = Math.min(...runs.map((run) => run.cpuMs));
    costs.push({ images: first.images, ms });
    if (times === 1)
      console.log(
        `${first.origin}: graph, order, check for collisions and all affected sets, in a fresh process each, CPU, median of ${rounds}, Node ${process.version}`,
      );
    const counts = [first.images, first.references, first.edges, first.waves, first.affected];
    const micros = (ms * 1000) / first.images;
    rows.push([`x${times}`, ...counts.map(String), best.toFixed(0), ms.toFixed(0), micros.toFixed(1)]);
  }
  const head = ["size", "images", "references", "edges", "waves", "affected", "best ms", "median ms", "µs per image"];
  console.log(alignTable(head, rows));
  console.log(`slope between sizes, 1 is linear: ${slopes(costs).join(", ")}`);
}

/** The power of the size that the cost grows by, from each size to the next. */
function slopes(costs: readonly { readonly images: number; readonly ms: number }[]): readonly string[] {
  return costs.slice(1).map((cost, index) => {
    const before = costs[index] ?? cost;
    return (Math.log(cost.ms / before.ms) / Math.log(cost.images / before.images)).toFixed(2);
  });
}

async function benchPlan(): Promise<void> {
  const client = new URL("./plan-client.ts", import.meta.url);
  const ask = (times: number, runs: number) =>
    askInChild<PlanRun>(client, { path, rounds: runs, times } satisfies PlanJob, {
      // The largest family and all that is known of it take more than Node's own limit.
      execArgv: ["--expose-gc", "--max-old-space-size=12000"],
    });
  const run = await ask(1, rounds);
  const { nodes, steps, queued, bytes, hashMs, coldMs, warmMs, heapPerNode, idleMs, idleHeapPerNode } = run;
  console.log(
    `\ncreatePlan of ${nodes} builds from a snapshot in which one base is new: ${queued} to build, ${steps} steps, CPU`,
  );
  const rows = [
    ["hashing the keys' and the plan's bytes alone", hashMs.toFixed(1), `${(bytes / 1e6).toFixed(1)} MB`],
    ["what the aim allows: 1.5 x that + 50 ms", (hashMs * 1.5 + 50).toFixed(1), ""],
    ["createPlan, first of the process", coldMs.toFixed(1), ""],
    ["createPlan, warm, median", warmMs.toFixed(1), `${heapPerNode.toFixed(0)} bytes of heap per node`],
    [
      "createPlan, warm, everything is published",
      idleMs.toFixed(1),
      `${idleHeapPerNode.toFixed(0)} bytes of heap per node`,
    ],
  ];
  console.log(alignTable(["", "ms", ""], rows));
  const costs = [{ images: nodes, ms: warmMs }];
  for (const times of planSizes) {
    // Three each: garbage of the round before falls into the next one.
    const large = await ask(times, 3);
    costs.push({ images: large.nodes, ms: large.warmMs });
    const micros = (large.warmMs * 1000) / large.nodes;
    console.log(
      `x${times}: ${large.nodes} builds, ${large.steps} steps: ${large.warmMs.toFixed(0)} ms, ${micros.toFixed(1)} µs and ${large.heapPerNode.toFixed(0)} bytes per build`,
    );
  }
  console.log(`slope between sizes, 1 is linear: ${slopes(costs).join(", ")}`);
}
