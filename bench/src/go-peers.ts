import { execFile, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withoutProxies } from "./child-process.ts";
import type { RegistryJob } from "./registry-job.ts";

/** One library for Go, as a program of `bench/go`. */
export interface GoPeer {
  /** With its version. */
  readonly name: string;
  /** Seconds as the program itself measures them, its start excluded. Rejects when it fails. */
  run(job: RegistryJob): Promise<number>;
}

const sources = fileURLToPath(new URL("../go", import.meta.url));
const libraries = [
  { program: "ggcr", module: "github.com/google/go-containerregistry", title: "go-containerregistry" },
  { program: "oras", module: "oras.land/oras-go/v2", title: "oras-go" },
  { program: "regclient", module: "github.com/regclient/regclient", title: "regclient" },
] as const;

let built: Promise<readonly GoPeer[] | string> | undefined;

/** The peers, built once per run outside the repository; or why there are none. */
export function goPeers(): Promise<readonly GoPeer[] | string> {
  built ??= build().catch((error: unknown) => {
    const text = error instanceof Error ? error.message.trim() : String(error);
    return `the Go programs could not be built (${text.split("\n").at(-1)?.slice(0, 200)})`;
  });
  return built;
}

async function build(): Promise<readonly GoPeer[] | string> {
  const run = promisify(execFile);
  if ((await run("go", ["version"]).catch(() => undefined)) === undefined) return "go is not installed";
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const target = join(cache, "bayplan", "bench-go");
  await mkdir(target, { recursive: true });
  await run("go", ["build", "-o", `${target}/`, "./..."], { cwd: sources });
  const modules = libraries.map(({ module }) => module);
  const listed = await run("go", ["list", "-m", "-f", "{{.Path}} {{.Version}}", ...modules], { cwd: sources });
  const versions = new Map(listed.stdout.split("\n").map((line) => line.split(" ", 2) as [string, string]));
  return libraries.map(({ program, module, title }) => ({
    name: `${title} ${versions.get(module)}`,
    run: (job) => runProgram(join(target, program), job),
  }));
}

function runProgram(path: string, job: RegistryJob): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, { env: withoutProxies(process.env), stdio: ["pipe", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk));
    child.stderr.on("data", (chunk: Buffer) => (errors = `${errors}${chunk}`.slice(-2000)));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code !== 0) return reject(new Error(`${path} ended with ${code}: ${errors}`));
      resolve((JSON.parse(output) as { seconds: number }).seconds);
    });
    child.stdin.end(JSON.stringify(job));
  });
}
