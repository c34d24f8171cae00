import { alignTable } from "../align-table.ts";
import { askInChild, startInChild } from "../child-process.ts";
import { interleave, type Runs, type Way } from "../interleave.ts";
import { median } from "../median.ts";
import type { CeilingJob, CeilingTimes, Pass } from "./ceiling-client.ts";

const repositories = 2_000;
const tagsPerRepository = 10;
const rounds = 5;

const references = Array.from({ length: repositories }, (_, repository) =>
  Array.from({ length: tagsPerRepository }, (_, tag) => [`bench/image-${repository}`, `v${tag}`] as const),
).flat();

/** How much of what the HTTP library can do is left after all that Bayplan does around it, on a server without work. */
export async function benchClientCeiling(): Promise<void> {
  const server = await startInChild(new URL("./fixed-answer-server.ts", import.meta.url));
  try {
    const host = `127.0.0.1:${await server.ask<number>("start")}`;
    const module = new URL("./ceiling-client.ts", import.meta.url);
    const way = (client: CeilingJob["client"], inFlight: number): Way<CeilingTimes> => ({
      name: `${client === "bare" ? "undici.request" : "Bayplan"}, ${inFlight}`,
      run: () => askInChild<CeilingTimes>(module, { client, host, inFlight, references } satisfies CeilingJob),
    });
    const ways = [16, 64].flatMap((inFlight) => [way("bare", inFlight), way("bayplan", inFlight)]);
    const runs = await interleave(ways, rounds);
    console.log(`${references.length} references, a server of fixed answers over loopback, Node ${process.version}`);
    console.log(formatCeiling(runs));
  } finally {
    await server.close();
  }
}

/** Two lines per client, cold and warm. Every second client is compared with the one before it. */
function formatCeiling(runs: readonly Runs<CeilingTimes>[]): string {
  const head = ["client, in flight", "best s", "median s", "refs/s", "of undici", "CPU ms/ref", "CPU of undici"];
  const body = runs.flatMap((run, index) =>
    (["cold", "warm"] as const).map((pass) => {
      const [own, bare] = [passesOf(run, pass), passesOf(runs[index - (index % 2)] ?? run, pass)];
      return [
        `${run.name}, ${pass}`,
        own.seconds.toFixed(2),
        own.medianSeconds.toFixed(2),
        Math.round(references.length / own.seconds).toString(),
        `${(bare.seconds / own.seconds).toFixed(2)} x`,
        own.cpuMs.toFixed(3),
        `${(own.cpuMs / bare.cpuMs).toFixed(2)} x`,
      ];
    }),
  );
  return alignTable(head, body);
}

function passesOf({ outcomes }: Runs<CeilingTimes>, pass: keyof CeilingTimes): Pass & { medianSeconds: number } {
  const passes = outcomes.map((outcome) => outcome[pass]);
  const seconds = passes.map((one) => one.seconds);
  const cpuMs = Math.min(...passes.map((one) => one.cpuMs));
  return { seconds: Math.min(...seconds), medianSeconds: median(seconds), cpuMs };
}
