import { fileURLToPath } from "node:url";
import { execute } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { alignTable } from "../align-table.ts";
import { median } from "../median.ts";
import { readImageShape } from "../plan-graph/image-shape.ts";
import { executeMakespan } from "./execute-makespan.ts";
import { createMemoryWorld, type WorldImage } from "./memory-world.ts";
import { simulateMakespans } from "./simulate-makespan.ts";
import { timedImages } from "./timed-images.ts";

const path = fileURLToPath(new URL("../../../../shared/data/official-images-graph.json.gz", import.meta.url));
const durations = { medianMs: 4 * 60_000, sigma: 0.8, seed: 20_261_121 };
const rounds = 5;

/** What a step costs beside the I/O that it is for, and how close an execution comes to the shortest possible one. */
export async function benchExecutePlan(): Promise<void> {
  const shape = readImageShape(path);
  const images = timedImages(shape.images, durations);
  await benchOverhead(images, shape.origin);
  await benchMakespan(images, shape.origin);
}

async function benchOverhead(images: readonly WorldImage[], origin: string): Promise<void> {
  const clock = createVirtualClock({ auto: true });
  const rows: string[][] = [];
  for (const times of [1, 5]) {
    const all = Array.from({ length: times }, (_, copy) => images.map((image) => copyOf(image, copy))).flat();
    const { family, plan, createPorts } = await createMemoryWorld(all, clock);
    const costs = { execute: [] as number[], awaits: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const ports = createPorts();
      costs.execute.push(await cpuMs(() => execute(plan, ports, { definition: family, concurrency: 1000 }).result));
      costs.awaits.push(
        await cpuMs(async () => {
          for (const step of plan.steps) await Promise.resolve(step);
        }),
      );
    }
    const [own, bare] = [median(costs.execute), median(costs.awaits)];
    const micros = (ms: number) => ((ms * 1000) / plan.steps.length).toFixed(1);
    rows.push([String(plan.steps.length), own.toFixed(0), micros(own), bare.toFixed(0), micros(bare)]);
  }
  console.log(
    `${origin}: execute with ports in memory that answer at once, CPU, median of ${rounds}, Node ${process.version}`,
  );
  console.log(alignTable(["steps", "ms", "µs per step", "bare awaits, ms", "µs each"], rows));
}

function copyOf({ name, bases }: WorldImage, copy: number): WorldImage {
  return { name: `${name}.${copy}`, bases: bases.map((base) => `${base}.${copy}`), buildMs: 0 };
}

async function cpuMs(run: () => Promise<unknown>): Promise<number> {
  const started = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

async function benchMakespan(images: readonly WorldImage[], origin: string): Promise<void> {
  const rows: string[][] = [];
  for (const ci of [20, 60]) {
    const { waves, fifo, bound } = simulateMakespans(images, ci);
    const hops = await executeMakespan(images, { ci, knowsDurations: false });
    const known = await executeMakespan(images, { ci, knowsDurations: true });
    const over = `${((known / bound - 1) * 100).toFixed(2)} %`;
    rows.push([String(ci), ...[waves, fifo, hops, known, bound].map((ms) => (ms / 60_000).toFixed(0)), over]);
  }
  const { medianMs, sigma, seed } = durations;
  console.log(
    `\n${origin}: minutes until all ${images.length} are built, on a virtual clock; durations log-normal, median ${medianMs / 60_000} minutes, sigma ${sigma}, seed ${seed}`,
  );
  const head = [
    "parallel",
    "waves",
    "first come",
    "execute, by hops",
    "execute, known durations",
    "lower bound",
    "above it",
  ];
  console.log(alignTable(head, rows));
}
