import { tagReference } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { answerParent } from "./answer-parent.ts";
import { inFlight } from "./in-flight.ts";
import { rawSocketHeads } from "./raw-socket-heads.ts";

/** One round of one way to resolve the references. The answer is how many seconds it took. */
export interface ResolveRound {
  readonly way: "raw sockets" | "bayplan" | "fetch all" | "fetch one by one";
  /** Host and port. */
  readonly host: string;
  readonly references: readonly (readonly [repository: string, tag: string])[];
  /** For raw sockets and Bayplan. */
  readonly inFlight: number;
}

const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

answerParent<ResolveRound>(async (round) => {
  const started = performance.now();
  await run(round);
  return (performance.now() - started) / 1000;
});

async function run(round: ResolveRound): Promise<void> {
  const { way, host, references, inFlight: count } = round;
  if (way === "bayplan") return await resolveAll(round);
  const paths = references.map(([repository, tag]) => `/v2/${repository}/manifests/${tag}`);
  if (way === "raw sockets") {
    const [hostname = "", port = ""] = host.split(":");
    return await rawSocketHeads(hostname, Number(port), paths, count);
  }
  const urls = paths.map((path) => `http://${host}${path}`);
  await inFlight(urls, way === "fetch all" ? urls.length : 1, head);
}

/** Cold every time: a new adapter, new connections. */
async function resolveAll({ host, references, inFlight: count }: ResolveRound): Promise<void> {
  const registry = createOciRegistry({ hosts: [host] });
  await inFlight(references, count, async ([repository, tag]) => {
    const { state } = await registry.resolve(tagReference({ registry: host, repository }, tag));
    if (state !== "present") throw new Error(`${repository}:${tag} is ${state}`);
  });
  await registry.close();
}

async function head(url: string): Promise<void> {
  const response = await fetch(url, { method: "HEAD", headers: { accept } });
  if (response.headers.get("docker-content-digest") === null) throw new Error(`${url}: ${response.status}`);
}
