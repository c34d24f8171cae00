import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "tsup";

const built = new Map<string, Promise<URL>>();
let directory: string | undefined;

/**
 * A module and everything of ours that it imports as one file of JavaScript, built as the packages are published. Not
 * the source itself: what runs it (tsx) names every function that is made while running, which doubles the CPU time of
 * a request. Built once per run, removed at its end.
 */
export function builtModule(module: URL): Promise<URL> {
  const known = built.get(module.href);
  if (known !== undefined) return known;
  const building = buildModule(fileURLToPath(module));
  built.set(module.href, building);
  return building;
}

async function buildModule(source: string): Promise<URL> {
  const name = basename(source, ".ts");
  const outDir = join(outputDirectory(), String(built.size));
  await build({
    entry: { [name]: source },
    outDir,
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    target: "node20.18",
    splitting: false,
    treeshake: true,
    config: false,
    silent: true,
    // The one that is loaded when it is needed.
    external: ["undici"],
    noExternal: [/^(?!undici$)/],
    // For packages that are not modules yet.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    esbuildOptions(options) {
      options.conditions = ["@bayplan/source"];
    },
  });
  return pathToFileURL(join(outDir, `${name}.mjs`));
}

// Below this package, so that what is not built in is found from there.
function outputDirectory(): string {
  if (directory === undefined) {
    const cache = fileURLToPath(new URL("../node_modules/.cache/", import.meta.url));
    mkdirSync(cache, { recursive: true });
    const made = mkdtempSync(join(cache, "bench-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return directory;
}
