import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

/** A programme in one file, which starts several times as fast as from its sources. */
export interface BundledChild {
  readonly file: string;
  /** Where the file is; whatever else is put there is removed with it. */
  readonly directory: string;
  remove(): Promise<void>;
}

/** Bundles the process that is to be killed, from the sources of all packages. */
export async function bundleChild(): Promise<BundledChild> {
  const directory = await mkdtemp(join(tmpdir(), "bayplan-crash-"));
  await build({
    config: false,
    entry: { child: fileURLToPath(new URL("./crash-child.ts", import.meta.url)) },
    format: "esm",
    platform: "node",
    target: "node20.18",
    outDir: directory,
    outExtension: () => ({ js: ".mjs" }),
    noExternal: [/.*/],
    // A chunk of CommonJS would have nothing but a default export.
    splitting: false,
    // Reading it is a good part of what such a short life costs.
    minify: true,
    silent: true,
    esbuildOptions(options) {
      options.conditions = ["@bayplan/source"];
      // Some dependencies are CommonJS and ask for Node's own modules.
      options.banner = {
        js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
      };
    },
  });
  return {
    file: join(directory, "child.mjs"),
    directory,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
