import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { withoutProxies } from "../child-process.ts";
import { inFlight } from "../in-flight.ts";
import type { RegistryJob } from "../registry-job.ts";

const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false", "--all"];

/** The version of skopeo, or `undefined` where it is not installed. */
export function skopeoVersion(): string | undefined {
  const { status, stdout } = spawnSync("skopeo", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split(" ").at(-1) : undefined;
}

/** Seconds for the job with one process per item, as a shell script does it. */
export async function runSkopeo({ job, registry, items, inFlight: processes }: RegistryJob): Promise<number> {
  const started = performance.now();
  await inFlight(items, processes, async ([repository, tag, third, fourth]) => {
    const name = `docker://${registry}/${repository}`;
    const to = job === "copy" ? `docker://${registry}/${third}:${fourth}` : `${name}:${third}`;
    const order =
      job === "list" ? ["list-tags", "--tls-verify=false", name] : ["copy", ...insecure, `${name}:${tag}`, to];
    await promisify(execFile)("skopeo", ["--insecure-policy", ...order], { env: withoutProxies(process.env) });
  });
  return (performance.now() - started) / 1000;
}
