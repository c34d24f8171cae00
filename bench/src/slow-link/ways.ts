import { createOciRegistry } from "@bayplan/registry-oci";
import { askInChild } from "../child-process.ts";
import { goPeers } from "../go-peers.ts";
import type { Way } from "../interleave.ts";
import type { Certificates } from "./certificates.ts";
import type { ClientJob, ClientTime } from "./client-job.ts";
import type { ServerCounts } from "./registry-server.ts";

/** The registry, as seen from the other end of the link. */
export interface Link {
  readonly certificates: Certificates;
  /** Host and port where a client may have HTTP/2. */
  readonly negotiated: string;
  /** Host and port where it may not. */
  readonly http1: string;
  /** What the registry saw since the last call. */
  takeCounts(): Promise<ServerCounts>;
}

/** One run of a client. */
export interface Outcome extends ServerCounts, ClientTime {
  readonly inFlight: number;
}

/** What there is to compare here, and a line for everything that is not there. */
interface Comparison {
  readonly ways: readonly Way<Outcome>[];
  readonly skipped: readonly string[];
}

type Client = (job: ClientJob) => Promise<number>;

const counts = [16, 64] as const;

/** Every client in a process of its own, which starts anew each time: nobody profits from a warm compiler or socket. */
export async function waysOver(link: Link, references: ClientJob["references"]): Promise<Comparison> {
  const { negotiated, http1, certificates } = link;
  const job = { ca: certificates.ca, references, atOnce: false, isFixed: true } as const;
  const run = async (client: Client, given: Pick<ClientJob, "host" | "inFlight"> & Partial<ClientJob>) => {
    await link.takeCounts();
    const seconds = await client({ ...job, ...given });
    const seen = await link.takeCounts();
    if (seen.manifests !== references.length) throw new Error(`${seen.manifests} manifests were given`);
    return { ...seen, seconds, inFlight: given.inFlight };
  };
  const way = (name: string, client: Client, given: Parameters<typeof run>[1]): Way<Outcome> => ({
    name,
    run: () => run(client, given),
  });

  const naive = nodeClient(new URL("./naive-client.ts", import.meta.url), certificates);
  const bayplan = nodeClient(new URL("./bayplan-client.ts", import.meta.url), certificates);
  const ways: Way<Outcome>[] = [{ ...way("naive, 16", naive, { host: negotiated, inFlight: 16 }), rounds: 2 }];
  for (const inFlight of counts) ways.push(way(`Bayplan, ${inFlight}`, bayplan, { host: http1, inFlight }));

  const skipped: string[] = [];
  const probe = await run(bayplan, { host: negotiated, inFlight: 64 });
  if (probe.http2Connections === 0) skipped.push("Bayplan, HTTP/2: skipped, its HTTP client speaks HTTP/1.1 only");
  else {
    for (const inFlight of counts)
      ways.push(way(`Bayplan, HTTP/2, ${inFlight}`, bayplan, { host: negotiated, inFlight }));
  }
  if (createOciRegistry({ hosts: ["registry.invalid"] }).resolveMany === undefined) {
    skipped.push("Bayplan, resolveMany: skipped, the adapter has none");
  } else {
    const many = { host: http1, atOnce: true };
    for (const inFlight of counts) ways.push(way(`Bayplan, resolveMany, ${inFlight}`, bayplan, { ...many, inFlight }));
    const preferred = { host: negotiated, atOnce: true, inFlight: 64 };
    if (probe.http2Connections > 0) ways.push(way("Bayplan, resolveMany, HTTP/2, 64", bayplan, preferred));
    // What it does when nobody tells it how: its own pace, and HTTP/2 where there is some.
    ways.push(way("Bayplan, resolveMany, no options", bayplan, { ...preferred, isFixed: false }));
  }

  const peers = await goPeers();
  if (typeof peers === "string") skipped.push(`Go libraries: skipped, ${peers}`);
  else {
    for (const peer of peers) {
      const client: Client = ({ host: registry, inFlight }) =>
        peer.run({ job: "resolve", registry, plain: false, caFile: certificates.caFile, inFlight, items: references });
      for (const inFlight of counts)
        ways.push(way(`${peer.name}, ${inFlight}`, client, { host: negotiated, inFlight }));
    }
  }
  return { ways, skipped };
}

function nodeClient(module: URL, { caFile }: Certificates): Client {
  return async (job) => {
    const { seconds } = await askInChild<ClientTime>(module, job, { env: { NODE_EXTRA_CA_CERTS: caFile } });
    return seconds;
  };
}
