import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Reference, type RegistryAdapter, tagReference } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { buildImage, pushImage, startDockerRegistry } from "@bayplan/testkit";
import { rawSocketHeads } from "./raw-socket-heads.ts";
import { formatTable, type Measured } from "./table.ts";

const repositories = 200;
const tagsPerRepository = 5;
const inFlight = 16;
const rounds = 7;
const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

interface Way {
  readonly name: string;
  readonly rounds: number;
  run(): Promise<void>;
}

/** "Do these 1,000 tags exist, and which digests do they show?", on Debian's docker-registry over loopback. */
export async function benchResolveReferences(): Promise<void> {
  const server = await startDockerRegistry();
  if (server === undefined) return console.log("resolve-references: skipped, docker-registry is not installed");
  try {
    const references = await seed(server.host);
    const urls = references.map((reference) => `${server.origin}${manifestPath(reference)}`);
    const [hostname = "", port = ""] = server.host.split(":");
    const ways: readonly Way[] = [
      {
        name: `raw sockets, ${inFlight} (the limit)`,
        rounds,
        run: () => rawSocketHeads(hostname, Number(port), references.map(manifestPath), inFlight),
      },
      { name: `Bayplan, ${inFlight} in flight`, rounds, run: () => resolveAll(server.host, references) },
      { name: "fetch, Promise.all", rounds, run: () => Promise.all(urls.map(head)).then(() => {}) },
      { name: "fetch, one by one", rounds: 3, run: () => oneByOne(urls) },
      { name: "skopeo inspect, 8 processes", rounds: 1, run: () => skopeo(server.host, references, 8) },
    ];
    const measured = ways.map((way) => ({ name: way.name, seconds: [] as number[] }));
    // Round by round, so that what else the machine does falls on all of them alike.
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, way] of ways.entries()) {
        if (round >= way.rounds) continue;
        const started = performance.now();
        await way.run();
        measured[index]?.seconds.push((performance.now() - started) / 1000);
      }
    }
    report(measured, references.length);
  } finally {
    await server.close();
  }
}

function report(measured: readonly Measured[], count: number): void {
  const names = { limit: measured[0]?.name ?? "", ours: measured[1]?.name ?? "", count };
  console.log(
    `${count} references in ${repositories} repositories, docker-registry over loopback, Node ${process.version}`,
  );
  console.log(formatTable(measured, names));
}

async function seed(host: string): Promise<readonly Reference[]> {
  const names = Array.from({ length: repositories }, (_, index) => `bench/image-${index}`);
  const queue = names[Symbol.iterator]();
  const worker = async () => {
    for (const repository of queue) {
      for (let tag = 0; tag < tagsPerRepository; tag += 1) {
        const image = await buildImage({
          platforms: ["linux/amd64"],
          files: { name: `${repository} ${tag}` },
          index: tag === 0,
        });
        await pushImage({ origin: `http://${host}`, repository, tag: `v${tag}`, image });
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return names.flatMap((repository) => {
    return Array.from({ length: tagsPerRepository }, (_, tag) =>
      tagReference({ registry: host, repository }, `v${tag}`),
    );
  });
}

function manifestPath(reference: Reference): string {
  return `/v2/${reference.repository}/manifests/${reference.tag}`;
}

/** Cold every time: a new adapter, new connections. */
async function resolveAll(host: string, references: readonly Reference[]): Promise<void> {
  const registry = createOciRegistry({ hosts: [host] });
  const queue = references[Symbol.iterator]();
  await Promise.all(Array.from({ length: inFlight }, () => resolveFrom(registry, queue)));
  await registry.close();
}

async function resolveFrom(registry: RegistryAdapter, queue: Iterable<Reference>): Promise<void> {
  for (const reference of queue) {
    const { state } = await registry.resolve(reference);
    if (state !== "present") throw new Error(`${reference.repository} is ${state}`);
  }
}

async function head(url: string): Promise<void> {
  const response = await fetch(url, { method: "HEAD", headers: { accept } });
  if (response.headers.get("docker-content-digest") === null) throw new Error(`${url}: ${response.status}`);
}

async function oneByOne(urls: readonly string[]): Promise<void> {
  for (const url of urls) await head(url);
}

async function skopeo(host: string, references: readonly Reference[], processes: number): Promise<void> {
  const queue = references[Symbol.iterator]();
  const worker = async () => {
    for (const { repository, tag } of queue) {
      await promisify(execFile)("skopeo", [
        "inspect",
        "--raw",
        "--tls-verify=false",
        `docker://${host}/${repository}:${tag}`,
      ]);
    }
  };
  await Promise.all(Array.from({ length: processes }, worker));
}
