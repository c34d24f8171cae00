import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { alignTable } from "./align-table.ts";
import { withoutProxies } from "./child-process.ts";
import { interleave, type Way } from "./interleave.ts";
import { median } from "./median.ts";

const packages = ["registry-oci", "registry-ghcr", "registry-ecr", "registry-dockerhub", "ci-github", "sources"];
const packagesFolder = new URL("../../packages/", import.meta.url);
const rounds = 7;
const empty = "data:text/javascript,";
// What the adapters would cost if they imported them; and they show that the count sees them.
const sdks = {
  "the AWS SDK for ECR": "registry-ecr/node_modules/@aws-sdk/client-ecr/dist-cjs/index.js",
  "Octokit's core": "registry-ghcr/node_modules/@octokit/core/dist-src/index.js",
};

// Notes what the loader reads as a module; what CommonJS reads beyond that is in its cache.
const hooks = `
  import { writeSync } from "node:fs";
  export async function load(url, context, next) {
    if (url.startsWith("file:")) writeSync(1, url + "\\n");
    return next(url, context);
  }`;
const listing = `
  import { createRequire, register } from "node:module";
  import { pathToFileURL } from "node:url";
  register("data:text/javascript,${encodeURIComponent(hooks)}");
  process.on("exit", () => {
    for (const path of Object.keys(createRequire("/x.js").cache)) console.log(pathToFileURL(path).href);
  });`;

/** What the import of each adapter costs a process, as built for publishing: time, modules, and SDKs that come with it. */
export async function benchImportCost(): Promise<void> {
  const missing = ["core", "runtime", ...packages].filter((name) => !existsSync(fileURLToPath(entryOf(name))));
  if (missing.length > 0) {
    console.log(
      `import-cost: skipped, not built: ${missing.join(", ")}. First: npx pnpm --filter "./packages/*" run build`,
    );
    return;
  }
  const modules: readonly (readonly [string, string])[] = [
    ["an empty module", empty],
    ...packages.map((name) => [name, entryOf(name).href] as const),
    ...Object.entries(sdks).map(([name, path]) => [name, new URL(path, packagesFolder).href] as const),
  ];
  const ways: readonly Way<number>[] = modules.map(([name, url]) => ({ name, run: () => importMs(url) }));
  const runs = await interleave(ways, rounds);
  const base = median(runs[0]?.outcomes ?? []);
  const rows: string[][] = [];
  for (const [index, [name, url]] of modules.entries()) {
    const ms = median(runs[index]?.outcomes ?? []);
    const loaded = await loadedBy(url);
    const ofSdks = loaded.filter((file) => /\/(?:@aws-sdk|@smithy|@octokit)\//.test(file)).length;
    const counts = [String(loaded.length), ofSdks === 0 ? "none" : String(ofSdks)];
    rows.push([name, ms.toFixed(0), (ms - base).toFixed(0), ...counts]);
  }
  console.log(
    `A fresh process that imports one package as built and ends, median of ${rounds}, Node ${process.version}`,
  );
  console.log(alignTable(["import of", "ms", "more than empty", "files", "of AWS SDK or Octokit"], rows));
}

function entryOf(name: string): URL {
  return new URL(`${name}/dist/index.js`, packagesFolder);
}

async function importMs(url: string): Promise<number> {
  const started = performance.now();
  await node([], url);
  return performance.now() - started;
}

/** Files that were read as modules, each once. */
async function loadedBy(url: string): Promise<readonly string[]> {
  const output = await node(["--import", `data:text/javascript,${encodeURIComponent(listing)}`], url);
  return [...new Set(output.split("\n").filter((line) => line.startsWith("file:")))];
}

async function node(flags: readonly string[], url: string): Promise<string> {
  // Without the conditions of this process: they would lead to the sources.
  const { NODE_OPTIONS: _, ...env } = withoutProxies(process.env);
  const code = `import ${JSON.stringify(url)};`;
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--input-type=module", "--eval", code], {
    env,
  });
  return stdout;
}
