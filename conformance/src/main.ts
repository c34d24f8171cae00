import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findCaseFiles, readCaseFile } from "./case-file.ts";
import { findDataFiles, readDataFile } from "./data-file.ts";
import { disagreements } from "./disagreements.ts";
import { type FileResult, runFile } from "./run-file.ts";

// pnpm conformance [file-name filter ...]: runs the case files beside the project against the library.
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = resolve(process.env["BAYPLAN_CASES"] ?? join(root, "..", "shared", "cases"));
const dataFolder = resolve(process.env["BAYPLAN_DATA"] ?? join(folder, "..", "data"));
const filters = process.argv.slice(2).filter((argument) => argument !== "--");

if (!existsSync(folder)) {
  console.log(
    `There is no folder of cases at ${process.env["BAYPLAN_CASES"] ?? "../shared/cases"}: nothing was checked.`,
  );
  console.log("0 passed, 0 failed");
} else {
  const isWanted = (name: string) => filters.length === 0 || filters.some((filter) => name.includes(filter));
  const files = [
    ...findCaseFiles(folder)
      .filter(isWanted)
      .map((name) => () => readCaseFile(folder, name)),
    ...findDataFiles(dataFolder)
      .filter((name) => isWanted(`data/${name}`))
      .map((name) => () => readDataFile(dataFolder, name)),
  ];
  const results: FileResult[] = [];
  for (const read of files) {
    const file = read();
    // A document of facts that expects nothing.
    if (file.cases.length === 0) continue;
    const result = await runFile(file);
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
    console.log(`  expected ${shorten(failure.expected)}`);
    console.log(`  actual   ${shorten(failure.actual)}`);
  }
  for (const id of result.disagreements) console.log(`DISAGREES ON PURPOSE ${id}: ${disagreements[id]}`);
  const counts = [`${result.passed} passed`, `${result.failures.length} failed`, `${result.notOwned} not owned yet`];
  console.log(`${result.name}: ${counts.join(", ")}`);
}

/** Measured plans are megabytes: their beginning and the key that differs are enough to look further. */
function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 4000 ? `${text.slice(0, 4000)} ... (${text.length} characters)` : text;
}
