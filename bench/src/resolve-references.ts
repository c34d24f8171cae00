import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildImage, pushImage, startDockerRegistry } from "@bayplan/testkit";
import { startInChild } from "./child-process.ts";
import { inFlight } from "./in-flight.ts";
import { interleave, type Way } from "./interleave.ts";
import type { ResolveRound } from "./resolve-references-client.ts";
import { formatTable, type Measured } from "./table.ts";

const repositories = 200;
const tagsPerRepository = 5;
const atOnce = 16;
const rounds = 7;

/** "Do these 1,000 tags exist, and which digests do they show?", on Debian's docker-registry over loopback. */
export async function benchResolveReferences(): Promise<void> {
  const server = await startDockerRegistry();
  if (server === undefined) return console.log("resolve-references: skipped, docker-registry is not installed");
  const client = await startInChild(new URL("./resolve-references-client.ts", import.meta.url));
  try {
    const { host } = server;
    const references = await seed(host);
    const run = (way: ResolveRound["way"]) => () =>
      client.ask<number>({ way, host, references, inFlight: atOnce } satisfies ResolveRound);
    const ways: readonly Way<number>[] = [
      { name: `raw sockets, ${atOnce} (the limit)`, run: run("raw sockets") },
      { name: `Bayplan, ${atOnce} in flight`, run: run("bayplan") },
      { name: "fetch, Promise.all", run: run("fetch all") },
      { name: "fetch, one by one", rounds: 3, run: run("fetch one by one") },
      { name: "skopeo inspect, 8 processes", rounds: 1, run: () => skopeo(host, references) },
    ];
    const runs = await interleave(ways, rounds);
    report(
      runs.map(({ name, outcomes }) => ({ name, seconds: outcomes })),
      references.length,
    );
  } finally {
    await client.close();
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

async function seed(host: string): Promise<ResolveRound["references"]> {
  const names = Array.from({ length: repositories }, (_, index) => `bench/image-${index}`);
  await inFlight(names, 8, async (repository) => {
    for (let tag = 0; tag < tagsPerRepository; tag += 1) {
      const files = { name: `${repository} ${tag}` };
      const image = await buildImage({ platforms: ["linux/amd64"], files, index: tag === 0 });
      await pushImage({ origin: `http://${host}`, repository, tag: `v${tag}`, image });
    }
  });
  return names.flatMap((repository) =>
    Array.from({ length: tagsPerRepository }, (_, tag) => [repository, `v${tag}`] as const),
  );
}

async function skopeo(host: string, references: ResolveRound["references"]): Promise<number> {
  const started = performance.now();
  await inFlight(references, 8, async ([repository, tag]) => {
    const name = `docker://${host}/${repository}:${tag}`;
    await promisify(execFile)("skopeo", ["inspect", "--raw", "--tls-verify=false", name]);
  });
  return (performance.now() - started) / 1000;
}
