import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findCaseFiles, readCaseFile } from "./case-file.ts";
import { disagreements } from "./disagreements.ts";
import { type FileResult, runFile } from "./run-file.ts";

// pnpm conformance [file-name filter ...]: runs the case files beside the project against the library.
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = resolve(process.env["BAYPLAN_CASES"] ?? join(root, "..", "shared", "cases"));
const filters = process.argv.slice(2).filter((argument) => argument !== "--");

if (!existsSync(folder)) {
  console.log(
    `There is no folder of cases at ${process.env["BAYPLAN_CASES"] ?? "../shared/cases"}: nothing was checked.`,
  );
  console.log("0 passed, 0 failed");
} else {
  const names = findCaseFiles(folder).filter(
    (name) => filters.length === 0 || filters.some((filter) => name.includes(filter)),
  );
  const results: FileResult[] = [];
  for (const name of names) {
    const result = await runFile(readCaseFile(folder, name));
    results.push(result);
    print(result);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failures.length, 0);
  const notOwned = results.reduce((sum, result) => sum + result.notOwned, 0);
  if (notOwned > 0) console.log(`${notOwned} cases are not owned yet: no checker exists for them.`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function print(result: FileResult): void {
  for (const failure of result.failures) {
    console.log(`FAIL ${failure.id} (${failure.key})`);
    console.log(`  expected ${JSON.stringify(failure.expected)}`);
    console.log(`  actual   ${JSON.stringify(failure.actual)}`);
  }
  for (const id of result.disagreements) console.log(`DISAGREES ON PURPOSE ${id}: ${disagreements[id]}`);
  const counts = [`${result.passed} passed`, `${result.failures.length} failed`, `${result.notOwned} not owned yet`];
  console.log(`${result.name}: ${counts.join(", ")}`);
}
