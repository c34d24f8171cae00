import { isBayplanError } from "@bayplan/core";
import type { Case, CaseFile } from "./case-file.ts";
import { firstDifference } from "./compare.ts";
import { disagreements } from "./disagreements.ts";
import { ownerOf } from "./owners.ts";

/** A case whose answer is not the expected one. */
export interface Failure {
  readonly id: string;
  readonly key: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** What came of one file. */
export interface FileResult {
  readonly name: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly notOwned: number;
  readonly disagreements: readonly string[];
}

/** Runs every case that has a checker. */
export async function runFile(file: CaseFile): Promise<FileResult> {
  const failures: Failure[] = [];
  const disagreed: string[] = [];
  let passed = 0;
  let notOwned = 0;
  for (const row of file.cases) {
    const owner = ownerOf(file.name, row);
    if (owner === undefined) {
      notOwned += 1;
      continue;
    }
    if (Object.hasOwn(disagreements, row.id)) {
      disagreed.push(row.id);
      continue;
    }
    const actual = await answer(row, owner.check);
    const key = firstDifference(row.expected, actual, owner);
    if (key === undefined) passed += 1;
    else failures.push({ id: row.id, key, expected: row.expected, actual });
  }
  return { name: file.name, passed, failures, notOwned, disagreements: disagreed };
}

/** A refusal is an answer; anything but a refusal is a bug of the checker or the library and is shown as one. */
async function answer(row: Case, check: (input: unknown, row: Case) => unknown): Promise<unknown> {
  try {
    return await check(row.input, row);
  } catch (error) {
    if (isBayplanError(error)) return { error: error.code, message: error.message };
    return { crashed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
