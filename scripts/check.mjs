#!/usr/bin/env node
// pnpm check: everything that can be said about the code without running it. Stops at the first step that fails.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const packages = readdirSync("packages").map((name) => join("packages", name));
const bin = (name) => join("node_modules", ".bin", name);

step("format and lint", [bin("biome"), "check", "."]);
step("types", [bin("tsc"), "-p", "."]);
// Once more without Node: this is what keeps core from doing I/O.
step("purity of core", [bin("tsc"), "-p", "packages/core"]);
step("architecture", [
  bin("depcruise"),
  "--config",
  ".dependency-cruiser.cjs",
  "packages",
  "examples",
  "bench",
  "conformance",
]);
step("unused code and dependencies", [bin("knip")]);
step("build", ["pnpm", "build"]);
step("public interfaces", ["node", "scripts/api-report.mjs", ...process.argv.slice(2)]);
// What users get: the built packages, on plain Node, without the condition that leads to the source.
const imports = packages.map((folder) => `await import("./${folder}/dist/index.js");`);
step("import of the built packages", [process.execPath, "--input-type=module", "-e", imports.join("")]);
for (const folder of packages) {
  step(`package of ${folder}`, [bin("publint"), "--strict", folder]);
  step(`types of the package of ${folder}`, [bin("attw"), "--profile", "esm-only", "--pack", folder]);
}

function step(name, [command, ...args]) {
  const started = performance.now();
  const result = spawnSync(command, args, {
    encoding: "utf8",
    shell: process.platform === "win32",
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (result.status === 0) return console.log(`ok   ${name} (${seconds} s)`);
  console.log(
    `FAIL ${name} (${seconds} s)\n${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`,
  );
  process.exit(1);
}
