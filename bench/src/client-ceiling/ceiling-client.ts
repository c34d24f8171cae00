import { tagReference } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createHttpClient } from "@bayplan/runtime";
import { Pool, request } from "undici";
import { answerParent } from "../answer-parent.ts";
import { inFlight } from "../in-flight.ts";

/** What a client is to do, twice. */
export interface CeilingJob {
  readonly client: "bayplan" | "bare";
  /** Host and port. */
  readonly host: string;
  readonly inFlight: number;
  readonly references: readonly (readonly [repository: string, tag: string])[];
}

/** One pass over all references. */
export interface Pass {
  readonly seconds: number;
  /** CPU time of the whole process per reference, in milliseconds. */
  readonly cpuMs: number;
}

/** In a fresh process, and once more in the same one. */
export interface CeilingTimes {
  readonly cold: Pass;
  readonly warm: Pass;
}

const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

answerParent<CeilingJob>(async (job): Promise<CeilingTimes> => {
  const { run, close } = job.client === "bayplan" ? bayplan(job) : bare(job);
  const times = { cold: await measure(run, job), warm: await measure(run, job) };
  await close();
  return times;
});

async function measure(run: () => Promise<void>, job: CeilingJob): Promise<Pass> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await run();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuMs: (user + system) / 1000 / job.references.length };
}

function bayplan({ host, inFlight: count, references }: CeilingJob) {
  const named = references.map(([repository, tag]) => tagReference({ registry: host, repository }, tag));
  const concurrency = { initial: count, max: count };
  const http = createHttpClient({ concurrency, connectionsPerOrigin: count, env: {} });
  const registry = createOciRegistry({ hosts: [host], http });
  const run = () =>
    inFlight(named, count, async (reference) => {
      const { state } = await registry.resolve(reference);
      if (state !== "present") throw new Error(`${reference.repository} is ${state}`);
    });
  return { run, close: () => http.close() };
}

/** The HTTP library below Bayplan, with the two settings that matter, and nothing else: no checks, no limits, no retry. */
function bare({ host, inFlight: count, references }: CeilingJob) {
  const urls = references.map(([repository, tag]) => `http://${host}/v2/${repository}/manifests/${tag}`);
  const dispatcher = new Pool(`http://${host}`, { connections: count, pipelining: 1 });
  const options = { method: "HEAD", reset: false, headers: { accept }, dispatcher } as const;
  const run = () =>
    inFlight(urls, count, async (url) => {
      const { statusCode, headers, body } = await request(url, options);
      await body.dump();
      if (statusCode !== 200 || headers["docker-content-digest"] === undefined) throw new Error(`${statusCode}`);
    });
  return { run, close: () => dispatcher.destroy() };
}
