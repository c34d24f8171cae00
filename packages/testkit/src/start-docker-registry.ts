import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real registry of another project, on a socket of its own. */
export interface DockerRegistry {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Host and port. */
  readonly host: string;
  /** Ends the process and removes what it stored. */
  close(): Promise<void>;
}

/**
 * Starts `docker-registry` (distribution 2.8, as Debian packages it), or another build of distribution, with empty
 * storage, without authentication, on a free loopback port. `undefined` where it is not installed.
 */
export async function startDockerRegistry(command = "docker-registry"): Promise<DockerRegistry | undefined> {
  if (spawnSync(command, ["--version"], { stdio: "ignore" }).status !== 0) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "bayplan-docker-registry-"));
  const config = join(directory, "config.yml");
  // Level info, because the log says which port the operating system chose; no line per request.
  const log = "log:\n  level: info\n  accesslog:\n    disabled: true\n";
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${directory}/data\n  delete:\n    enabled: true\n`;
  await writeFile(config, `version: 0.1\n${log}${storage}http:\n  addr: 127.0.0.1:0\n`);
  const child = spawn(command, ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  const host = await listeningOn(child);
  const close = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  return { origin: `http://${host}`, host, close };
}

function listeningOn(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      log = `${log}${chunk}`.slice(-8192);
      const found = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${child.spawnfile} ended: ${log.slice(-500)}`)));
  });
}
