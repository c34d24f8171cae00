#!/usr/bin/env node
// Shows that the properties of retention would notice a mistake: plants each bug of scripts/retention-bugs in a copy of
// core and demands that a property fails there. A patch that does not apply any more, and a bug that nobody notices, fail.
//   node scripts/check-retention-bugs.mjs            all of them
//   node scripts/check-retention-bugs.mjs fallback   those with this in their name
//   node scripts/check-retention-bugs.mjs --every    every property that fails for a bug, and not only the first
// BAYPLAN_RETENTION_RUNS: random registries for each property, default 2000; BAYPLAN_RETENTION_SEED: another seed.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const patches = join(root, "scripts/retention-bugs");
const tests = "packages/core/src/retention";
// That a second implementation differs is not enough: a bug has to break a promise.
const promises = "^(?!.*agrees with the oracle)";
const isEvery = process.argv.includes("--every");
const runs = process.env.BAYPLAN_RETENTION_RUNS ?? "2000";
const quick = String(Math.min(100, Number(runs)));
// One seed, so that the answer of today is the answer of tomorrow.
const seed = process.env.BAYPLAN_RETENTION_SEED ?? "20260901";
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const started = performance.now();
const folder = mkdtempSync(join(tmpdir(), "bayplan-retention-bugs-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const names = readdirSync(patches)
  .filter((name) => name.endsWith(".patch") && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .sort();
if (names.length === 0) throw new Error(`No patch in ${patches} is meant.`);
// Without a bug everything has to hold, else a failure says nothing; a few registries show that.
const queue = [undefined, ...names];
const rows = [];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, worker));

const bugs = rows.filter(({ name }) => name !== undefined);
const control = rows.find(({ name }) => name === undefined);
const missed = bugs.filter(({ problem }) => problem !== undefined);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(
  `\n${bugs.length - missed.length} of ${bugs.length} bugs are caught; ${runs} registries a property, ${seconds} s.`,
);
if (control.problem !== undefined) console.log(`Without any bug: ${control.problem}`);
if (missed.length > 0 || control.problem !== undefined) process.exitCode = 1;

async function worker() {
  while (queue.length > 0) {
    const name = queue.shift();
    const row = await tryOut(name);
    rows.push(row);
    if (name !== undefined) console.log(lineOf(row));
  }
}

/** Plants one bug, or none, and runs the properties. */
async function tryOut(name) {
  const copy = copyOfCore(name ?? "none");
  try {
    if (name !== undefined) {
      const applied = spawnSync("git", ["apply", join(patches, name)], { cwd: copy, encoding: "utf8" });
      if (applied.status !== 0) return { name, problem: `does not apply: ${applied.stderr.trim()}` };
    }
    let report = await runProperties(copy, quick);
    // Most bugs do not need many registries, and the properties before the one that fails run through all of theirs.
    if (name !== undefined && report?.every(({ status }) => status !== "failed"))
      report = await runProperties(copy, runs);
    if (report === undefined) return { name, problem: "the properties could not be run" };
    const failed = report.filter(({ status }) => status === "failed").map(failureOf);
    if (name === undefined)
      return failed.length === 0 && report.length > 0 ? { name } : { name, problem: `fails: ${textOf(failed)}` };
    return {
      name,
      bug: firstLine(name),
      caughtBy: failed,
      ...(failed.length === 0 && { problem: "no property fails" }),
    };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The source of core with what its tests need; what is installed is linked. */
function copyOfCore(name) {
  const copy = join(folder, basename(name, ".patch"));
  const core = join(copy, "packages/core");
  mkdirSync(core, { recursive: true });
  cpSync(join(root, "packages/core/src"), join(core, "src"), { recursive: true });
  for (const file of ["package.json", "packages/core/package.json", "vitest.config.ts"])
    cpSync(join(root, file), join(copy, file));
  for (const path of ["node_modules", "packages/core/node_modules"])
    symlinkSync(join(root, path), join(copy, path), "dir");
  // Without a repository of its own, git apply would look at the one around it and skip files.
  spawnSync("git", ["init", "--quiet"], { cwd: copy });
  return copy;
}

/** What became of every property; `undefined` when vitest gave no report. */
function runProperties(copy, count) {
  const files = readdirSync(join(copy, tests)).filter((file) => file.endsWith(".properties.test.ts"));
  const output = join(copy, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const words = [
    ...["run", ...files.map((file) => `${tests}/${file}`), "--reporter=json", `--outputFile=${output}`],
    ...["--testNamePattern", promises, "--maxWorkers=1", "--cache=false", ...(isEvery ? [] : ["--bail=1"])],
  ];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [vitest, ...words], {
      cwd: copy,
      stdio: "ignore",
      env: {
        ...process.env,
        BAYPLAN_RETENTION_RUNS: count,
        BAYPLAN_RETENTION_SEED: seed,
        BAYPLAN_RETENTION_FIRST: "yes",
      },
    });
    child.on("error", fail);
    child.on("exit", () => {
      try {
        const { testResults } = JSON.parse(readFileSync(output, "utf8"));
        const results = testResults.flatMap((file) => file.assertionResults);
        // A file that could not be loaded has no results, and no failure that says anything.
        const isWhole =
          testResults.length === files.length && testResults.every((file) => file.assertionResults.length > 0);
        done(isWhole || results.some(({ status }) => status === "failed") ? results : undefined);
      } catch {
        done(undefined);
      }
    });
  });
}

/** After how many random registries a property failed. */
function failureOf({ title, failureMessages }) {
  const [, count] = /Property failed after (\d+) tests/.exec(failureMessages.join("\n")) ?? [];
  return { title, runs: Number(count ?? 0) };
}

/** The first line of a patch says what the bug is. */
function firstLine(name) {
  return readFileSync(join(patches, name), "utf8").split("\n", 1)[0];
}

function textOf(failed) {
  return failed.map(({ title, runs: after }) => `${title.split(":", 1)[0]} after ${after}`).join(", ");
}

function lineOf({ name, bug, caughtBy = [], problem }) {
  const what = `${basename(name, ".patch").padEnd(34)} ${problem === undefined ? "caught" : "MISSED"}`;
  return `${what} ${problem ?? textOf(caughtBy)}\n    ${bug ?? ""}`;
}
