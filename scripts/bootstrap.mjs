#!/usr/bin/env node
// Sets everything up on a machine that has only Node and npm, and does nothing when nothing changed.
//   node scripts/bootstrap.mjs             install what the lockfile says
//   node scripts/bootstrap.mjs -- build    install, then run `pnpm build`
// No dependencies, never corepack (it is gone from newer Node), never another pnpm than the pinned one.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".bootstrap-stamp");

refuseOldNode();
const manifests = workspaceManifests();
const wanted = fingerprint(manifests);
if (!isWhole(manifests) || read(stampFile) !== wanted) install();
const separator = process.argv.indexOf("--");
if (separator > 0) process.exit(pnpm(process.argv.slice(separator + 1)));

function refuseOldNode() {
  const floor = [20, 18, 1];
  const parts = process.versions.node.split(".").map(Number);
  const difference = floor.map((part, index) => parts[index] - part).find((value) => value !== 0) ?? 0;
  if (difference >= 0) return;
  console.error(`Bayplan needs Node ${floor.join(".")} or newer, this is ${process.versions.node}.`);
  process.exit(2);
}

/** The package.json of every workspace package, found by the folders that pnpm-workspace.yaml names. */
function workspaceManifests() {
  const text = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const block = /^packages:\n((?: {2}- .*\n)+)/m.exec(text)?.[1] ?? "";
  const folders = block.split("\n").flatMap((line) => {
    const pattern = line.replace(/^ {2}- /, "").trim();
    if (!pattern.endsWith("/*")) return pattern === "" ? [] : [pattern];
    const parent = pattern.slice(0, -2);
    return existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [];
  });
  return ["package.json", ...folders.map((folder) => `${folder}/package.json`)]
    .filter((file) => existsSync(join(root, file)))
    .sort();
}

function fingerprint(files) {
  const hash = createHash("sha256").update(
    [process.versions.node.split(".")[0], process.platform, process.arch].join(),
  );
  for (const file of [...files, "pnpm-lock.yaml", "pnpm-workspace.yaml"])
    hash
      .update(`${file}\0`)
      .update(read(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

/** A stamp may lie after somebody deleted a node_modules: every dependency of every package must be there. */
function isWhole(files) {
  return files.every((file) => {
    const { dependencies, devDependencies } = JSON.parse(read(join(root, file)));
    return Object.keys({ ...dependencies, ...devDependencies }).every((name) =>
      existsSync(join(root, dirname(file), "node_modules", name)),
    );
  });
}

function install() {
  rmSync(stampFile, { force: true });
  const status = pnpm(["install", "--frozen-lockfile", "--prefer-offline"]);
  if (status !== 0) process.exit(status);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
}

function pnpm(args) {
  const version = /^pnpm@([^+]+)/.exec(JSON.parse(read(join(root, "package.json"))).packageManager)?.[1];
  const env = cleanEnvironment();
  const shell = process.platform === "win32";
  // Asked from outside the repository, so that a pnpm of another version does not switch itself over.
  const own = spawnSync("pnpm", ["--version"], {
    env: { ...env, COREPACK_ENABLE_NETWORK: "0" },
    shell,
    cwd: dirname(root),
    encoding: "utf8",
  });
  const isPinned = own.status === 0 && own.stdout.trim() === version;
  // `npx` alone asks the network about a version it has; --prefer-offline does not.
  const [command, ...first] = isPinned ? ["pnpm"] : ["npx", "--yes", "--prefer-offline", `pnpm@${version}`];
  const result = spawnSync(command, [...first, ...args], { stdio: "inherit", env, shell, cwd: root });
  if (result.error) console.error(`Could not run ${command}: ${result.error.message}. Is npm installed?`);
  return result.status ?? 1;
}

/** npm hands its own settings on as npm_config_*, which pnpm would read as its own; those about the network are kept. */
function cleanEnvironment() {
  const kept =
    /^npm_config_(registry|https?_proxy|proxy|noproxy|cafile|ca|cache|store_dir|userconfig|globalconfig|strict_ssl|prefer_offline|offline)$/i;
  const entries = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name));
  return { ...Object.fromEntries(entries), COREPACK_ENABLE_STRICT: "0" };
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
