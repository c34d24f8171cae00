import { askInChild, startInChild } from "../child-process.ts";
import { goPeers } from "../go-peers.ts";
import type { RegistryJob } from "../registry-job.ts";
import { runSkopeo, skopeoVersion } from "./skopeo-jobs.ts";

/** Who does the jobs. */
export interface Client {
  readonly name: string;
  /** Which jobs it can do in one call per item, or nearly so. */
  readonly jobs: readonly RegistryJob["job"][];
  /** Default as many as the others. */
  readonly rounds?: number;
  /** Default what the job says. */
  readonly inFlight?: number;
  /** Gives seconds. */
  run(job: RegistryJob): Promise<number>;
}

/** Who was found. */
interface Clients {
  readonly clients: readonly Client[];
  /** A line for everybody who was not. */
  readonly skipped: readonly string[];
  close(): Promise<void>;
}

const all = ["list", "retag", "copy"] as const;

/** Everybody who is here, Bayplan first. */
export async function findClients(): Promise<Clients> {
  const bayplan = new URL("./bayplan-jobs.ts", import.meta.url);
  const fetches = new URL("./fetch-jobs.ts", import.meta.url);
  // New connections each time, but code that was compiled in the round before, as in a bot that runs for days.
  const warm = await startInChild(bayplan);
  const clients: Client[] = [
    { name: "Bayplan", jobs: all, run: (job) => askInChild<number>(bayplan, job) },
    { name: "Bayplan, warm process", jobs: all, run: (job) => warm.ask<number>(job) },
    { name: "fetch", jobs: ["list", "retag"], run: (job) => askInChild<number>(fetches, job) },
  ];
  const skipped: string[] = [];
  const skopeo = skopeoVersion();
  if (skopeo === undefined) skipped.push("skopeo: skipped, it is not installed");
  // A process per item is what it is for; it takes long enough to be measured well by one round.
  else clients.push({ name: `skopeo ${skopeo}, 8 processes`, jobs: all, rounds: 1, inFlight: 8, run: runSkopeo });
  const peers = await goPeers();
  if (typeof peers === "string") skipped.push(`Go libraries: skipped, ${peers}`);
  else clients.push(...peers.map((peer) => ({ ...peer, jobs: all })));
  return { clients, skipped, close: () => warm.close() };
}
