import { startDockerRegistry } from "@bayplan/testkit";
import { alignTable } from "../align-table.ts";
import { startInChild } from "../child-process.ts";
import { interleave, type Runs, type Way } from "../interleave.ts";
import { median } from "../median.ts";
import type { RegistryJob } from "../registry-job.ts";
import { checkCopies } from "./check-copies.ts";
import { type Client, findClients } from "./clients.ts";
import { type Seeded, seed } from "./seed.ts";

const rounds = 5;
const repositories = 200;
const copies = 20;

interface Server {
  readonly title: string;
  readonly host: string;
  /** Whether it lists referrers (OCI 1.1); the image that is copied has two of them there. */
  readonly referrers: boolean;
  /** Requests since it was last asked. Absent where it does not tell. */
  readonly takeRequests?: () => Promise<number>;
  close(): Promise<void>;
}

interface Outcome {
  readonly seconds: number;
  readonly requests?: number;
  readonly referrers?: number;
}

/** Lists the tags of 200 repositories, gives 200 images another tag, copies an image of two platforms 20 times. */
export async function benchListRetagCopy(): Promise<void> {
  const { clients, skipped, close } = await findClients();
  try {
    const dockerRegistry = await openDockerRegistry();
    if (dockerRegistry !== undefined) await benchServer(dockerRegistry, clients);
    await benchServer(await openEmbedded(), clients);
    if (dockerRegistry === undefined) console.log("docker-registry: skipped, it is not installed");
    for (const line of skipped) console.log(line);
  } finally {
    await close();
  }
}

async function benchServer(server: Server, clients: readonly Client[]): Promise<void> {
  try {
    const seeded = await seed(server.host, { repositories, referrers: server.referrers });
    for (const job of ["list", "retag", "copy"] as const) await benchJob(job, { clients, server, seeded });
  } finally {
    await server.close();
  }
}

async function openDockerRegistry(): Promise<Server | undefined> {
  const server = await startDockerRegistry();
  return server === undefined ? undefined : { ...server, title: "docker-registry", referrers: false };
}

async function openEmbedded(): Promise<Server> {
  const child = await startInChild(new URL("./embedded-server.ts", import.meta.url));
  const host = await child.ask<string>("start");
  const takeRequests = () => child.ask<number>("requests");
  return { title: "the embedded registry", host, referrers: true, takeRequests, close: () => child.close() };
}

async function benchJob(
  job: "list" | "retag" | "copy",
  world: { readonly clients: readonly Client[]; readonly server: Server; readonly seeded: Seeded },
): Promise<void> {
  const { server, seeded } = world;
  const inFlight = job === "copy" ? 4 : 16;
  let run = 0;
  const ways = world.clients
    .filter((client) => client.jobs.includes(job))
    .map((client): Way<Outcome> => {
      const once = async (): Promise<Outcome> => {
        run += 1;
        const items = itemsOf(job, seeded, run);
        await server.takeRequests?.();
        const order = { job, registry: server.host, plain: true, caFile: "", items };
        const seconds = await client.run({ ...order, inFlight: client.inFlight ?? inFlight });
        const requests = await server.takeRequests?.();
        const counted = requests === undefined ? { seconds } : { seconds, requests: requests / items.length };
        if (job !== "copy") return counted;
        const referrers = await checkCopies(server.host, { digest: seeded.image.digest, items });
        return { ...counted, referrers: referrers / items.length };
      };
      return { name: client.name, run: once, ...(client.rounds === undefined ? {} : { rounds: client.rounds }) };
    });
  const runs = await interleave(ways, rounds);
  console.log(`${titles[job]}, ${inFlight} in flight, ${server.title} over loopback, Node ${process.version}`);
  console.log(formatJob(runs));
}

const titles = {
  list: `tags of ${repositories} repositories`,
  retag: `another tag for ${repositories} images`,
  copy: `${copies} copies of an image of two platforms`,
} as const;

// New tags and repositories each time: what is there already is not written again.
function itemsOf(job: "list" | "retag" | "copy", seeded: Seeded, run: number): RegistryJob["items"] {
  if (job === "list") return seeded.repositories.map((repository) => [repository]);
  if (job === "retag") return seeded.repositories.map((repository) => [repository, "v0", `run-${run}`]);
  return Array.from({ length: copies }, (_, copy) => [seeded.image.repository, "v0", `copy/run-${run}-${copy}`, "v0"]);
}

function formatJob(runs: readonly Runs<Outcome>[]): string {
  const best = ({ outcomes }: Runs<Outcome>) => Math.min(...outcomes.map((outcome) => outcome.seconds));
  const ours = runs[0] === undefined ? Number.NaN : best(runs[0]);
  const head = ["client", "best s", "median s", "Bayplan is faster by", "requests each", "referrers each"];
  const body = runs.map((run) => {
    const [first] = run.outcomes;
    const seconds = run.outcomes.map((outcome) => outcome.seconds);
    return [
      run.name,
      best(run).toFixed(3),
      median(seconds).toFixed(3),
      `${(best(run) / ours).toFixed(2)} x`,
      first?.requests?.toFixed(2) ?? "",
      first?.referrers?.toFixed(1) ?? "",
    ];
  });
  return alignTable(head, body);
}
