import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** An olareg on a socket of its own. */
export interface Olareg {
  /** Host and port. */
  readonly host: string;
  /** Ends the process and removes what it stored. */
  close(): Promise<void>;
}

/** Starts olareg, the binary that `command` names, with empty storage and everything allowed, on a free loopback port. */
export async function startOlareg(command: string): Promise<Olareg> {
  const directory = await mkdtemp(join(tmpdir(), "bayplan-olareg-"));
  const port = await freePort();
  const storage = ["--store-type", "dir", "--dir", directory];
  const allowed = ["--api-delete", "--api-blob-delete", "--api-referrer"];
  const args = ["serve", "--addr", "127.0.0.1", "--port", String(port), ...storage, ...allowed];
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  let isRunning = true;
  child.stderr.on("data", (chunk: Buffer) => {
    log = `${log}${chunk}`.slice(-8192);
  });
  const ended = new Promise<Error>((resolve) => {
    child.once("error", resolve);
    child.once("exit", () => resolve(new Error(`${command} ended: ${log.slice(-500)}`)));
  }).finally(() => {
    isRunning = false;
  });
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const host = `127.0.0.1:${port}`;
  const failure = await Promise.race([ended, answers(`http://${host}/v2/`, () => isRunning)]);
  if (failure === undefined) return { host, close };
  await close();
  throw failure;
}

// It takes no port 0 and does not say when it listens: a port that was free, and asking until it answers.
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answers(url: string, isRunning: () => boolean): Promise<undefined> {
  while (isRunning()) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok === true) return;
    await setTimeout(20);
  }
}
