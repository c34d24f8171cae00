import type { z } from "zod";
import { BayplanError, isBayplanError, type Problem } from "../errors.ts";
import { TriggerTableDocument } from "./schema.ts";
import type { TriggerRow, TriggerTable } from "./trigger-table.ts";
import { type CompiledFilter, compileWorkflowFilter } from "./workflow-filter.ts";

/** A row whose patterns are ready. */
export interface CompiledRow {
  readonly row: TriggerRow;
  readonly filter: CompiledFilter;
}

/**
 * Checks a trigger table that came from a file or another process.
 *
 * @throws BayplanError `INVALID_DEFINITION` with every problem in `problems`: unknown keys, wrong values, patterns that are
 * not valid, two rows of one name.
 */
export function parseTriggerTable(data: unknown): TriggerTable {
  const parsed = TriggerTableDocument.safeParse(data);
  if (!parsed.success) throw invalidTable(problemsOf(parsed.error));
  compileRows(parsed.data);
  return parsed.data;
}

/** The rows with their patterns compiled. Throws as {@link parseTriggerTable} does. */
export function compileRows(table: TriggerTable): readonly CompiledRow[] {
  const problems: Problem[] = [];
  const names = new Set<string>();
  const rows = table.rows.flatMap((row, index): readonly CompiledRow[] => {
    if (names.has(row.name)) {
      problems.push({ path: `rows[${index}].name`, found: JSON.stringify(row.name), expected: "a name of its own" });
    }
    names.add(row.name);
    try {
      return [{ row, filter: compileWorkflowFilter(row.when ?? {}) }];
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      problems.push({ path: `rows[${index}].when`, found: error.message, expected: "filters as GitHub knows them" });
      return [];
    }
  });
  if (problems.length > 0) throw invalidTable(problems);
  return rows;
}

function problemsOf(error: z.ZodError): readonly Problem[] {
  return error.issues.flatMap((issue): readonly Problem[] => {
    const path = pathText(issue.path);
    if (issue.code !== "unrecognized_keys") return [{ path, found: "another value", expected: issue.message }];
    return issue.keys.map((key) => ({
      path: path === "" ? key : `${path}.${key}`,
      found: "an unknown key",
      expected: "a documented key",
    }));
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

function invalidTable(problems: readonly Problem[]): BayplanError {
  const lines = problems.map(
    ({ path, found, expected }) => `\n  ${path === "" ? "the table" : path}: found ${found}, expected ${expected}`,
  );
  return new BayplanError("INVALID_DEFINITION", `The trigger table is not valid:${lines.join("")}`, { problems });
}
