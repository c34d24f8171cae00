import { existsSync } from "node:fs";
import { defineConfig } from "tsup";

/** Every package builds the same way: ESM and declarations for the Node floor. Run from the package's folder. */
export default defineConfig({
  entry: ["src/index.ts", ...["src/oci/sha256-node.ts", "src/oci/sha256-noble.ts"].filter((file) => existsSync(file))],
  format: ["esm"],
  target: "node20.18",
  dts: { entry: "src/index.ts" },
  outDir: "dist",
  sourcemap: true,
  clean: true,
  treeshake: true,
  external: [/^#/],
});
