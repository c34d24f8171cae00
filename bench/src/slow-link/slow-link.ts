import { type ChildModule, startInChild } from "../child-process.ts";
import { interleave } from "../interleave.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import type { ProxyQuestion } from "./delay-proxy.ts";
import { findOwnHost, type OwnHost } from "./own-host.ts";
import type { ServerCounts, ServerPorts, ServerQuestion } from "./registry-server.ts";
import { formatSlowLink } from "./report.ts";
import { measureRoundTrip } from "./round-trip.ts";
import { type Link, waysOver } from "./ways.ts";

const repositories = 200;
const tagsPerRepository = 5;
const oneWayMs = 15;
const rounds = 3;

// Repository by repository, as a listing gives them.
const references = Array.from({ length: repositories }, (_, repository) =>
  Array.from({ length: tagsPerRepository }, (_, tag) => [`bench/image-${repository}`, `v${tag}`] as const),
).flat();

/** The 1,000 tags of `resolve-references`, behind 30 ms of round trip, TLS, and a token per repository. */
export async function benchSlowLink(): Promise<void> {
  const host = await findOwnHost();
  if (host === undefined) return console.log("slow-link: skipped, this computer has no name or address but localhost");
  const certificates = await makeCertificates(host.name).catch((error: Error) => error);
  if (certificates instanceof Error) {
    return console.log(`slow-link: skipped, openssl made no certificates (${certificates.message.split("\n", 1)})`);
  }
  const children: ChildModule[] = [];
  const start = async (module: URL) => {
    const child = await startInChild(module);
    children.push(child);
    return child;
  };
  try {
    const server = await start(new URL("./registry-server.ts", import.meta.url));
    const proxy = await start(new URL("./delay-proxy.ts", import.meta.url));
    const link = await openLink({ host, certificates, server, proxy });
    const roundTripMs = await measureRoundTrip(link.http1, certificates.ca);
    const { ways, skipped } = await waysOver(link, references);
    const runs = await interleave(ways, rounds);
    console.log(
      `${references.length} references in ${repositories} repositories, TLS, a token per repository, ` +
        `round trip ${2 * oneWayMs} ms (measured ${roundTripMs.toFixed(1)} ms), Node ${process.version}`,
    );
    console.log(formatSlowLink(runs, references.length));
    for (const line of skipped) console.log(line);
  } finally {
    await Promise.all(children.map((child) => child.close()));
    await certificates.remove();
  }
}

async function openLink(parts: {
  readonly host: OwnHost;
  readonly certificates: Certificates;
  readonly server: ChildModule;
  readonly proxy: ChildModule;
}): Promise<Link> {
  const { host, certificates, server, proxy } = parts;
  const { cert, key } = certificates;
  const ports = await server.ask<ServerPorts>({ start: { cert, key, references } } satisfies ServerQuestion);
  const behind = async (port: number) => {
    const listening = await proxy.ask<number>({ address: host.address, port, oneWayMs } satisfies ProxyQuestion);
    return `${host.name}:${listening}`;
  };
  return {
    certificates,
    negotiated: await behind(ports.negotiated),
    http1: await behind(ports.http1),
    takeCounts: () => server.ask<ServerCounts>("counts" satisfies ServerQuestion),
  };
}
