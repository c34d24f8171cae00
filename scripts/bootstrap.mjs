#!/usr/bin/env node
// Zero-dependency bootstrap: `npm start` / `npm test` on a machine that has only Node and npm.
// node scripts/bootstrap.mjs            -> install (skipped when nothing changed)
// node scripts/bootstrap.mjs -- cmd...  -> install, then `pnpm cmd...`
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const pkg = JSON.parse(readFileSync("package.json", "utf8"));
const version = /^pnpm@([^+]+)/.exec(pkg.packageManager)[1];

// npm exports its own config as npm_config_*; pnpm 10 reads those names too. Keep only what points at a registry/proxy/CA/cache.
const keep =
  /^npm_config_(registry|https?_proxy|proxy|noproxy|cafile|ca|cache|store_dir|userconfig|globalconfig|strict_ssl|prefer_offline|offline)$/i;
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([k]) => !/^npm_(?!config_)/i.test(k) && (!/^npm_config_/i.test(k) || keep.test(k)),
  ),
);
env.COREPACK_ENABLE_STRICT = "0";

const win = process.platform === "win32";
const exec = (cmd, args, opts = {}) => spawnSync(cmd, args, { stdio: "inherit", env, shell: win, ...opts });
function pnpm() {
  const own = exec("pnpm", ["--version"], {
    stdio: ["ignore", "pipe", "ignore"],
    cwd: dirname(root),
    env: { ...env, COREPACK_ENABLE_PROJECT_SPEC: "0", COREPACK_ENABLE_NETWORK: "0" },
  });
  if (own.status === 0 && String(own.stdout).trim() === version) return ["pnpm"];
  return ["npx", "--yes", "--prefer-offline", `pnpm@${version}`];
}
const manifests = [
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  ".npmrc",
  ...["packages", "examples"].flatMap((d) =>
    existsSync(d) ? readdirSync(d).map((n) => join(d, n, "package.json")) : [],
  ),
]
  .filter((f) => existsSync(f))
  .sort();
const hash = createHash("sha256").update(process.version.split(".")[0] + process.platform + process.arch);
for (const f of manifests) hash.update(f).update("\0").update(readFileSync(f)).update("\0");
const want = hash.digest("hex");
const stamp = "node_modules/.bootstrap-stamp";
// every workspace package with dependencies must still have its node_modules, or the stamp lies
const whole =
  existsSync("node_modules/.modules.yaml") &&
  manifests
    .filter((f) => f.endsWith("package.json") && f !== "package.json")
    .every((f) => {
      const j = JSON.parse(readFileSync(f, "utf8"));
      return Object.keys({ ...j.dependencies, ...j.devDependencies }).every((d) =>
        existsSync(join(dirname(f), "node_modules", d)),
      );
    });
const have = whole && existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
let runner;
if (have !== want) {
  runner = pnpm();
  const r = exec(runner[0], [...runner.slice(1), "install", "--frozen-lockfile", "--prefer-offline"]);
  if (r.status !== 0) process.exit(r.status ?? 1);
  mkdirSync("node_modules", { recursive: true });
  writeFileSync(stamp, want);
}
const i = process.argv.indexOf("--");
if (i > 0) {
  runner ??= pnpm();
  const r = exec(runner[0], [...runner.slice(1), ...process.argv.slice(i + 1)]);
  process.exit(r.status ?? 1);
}
