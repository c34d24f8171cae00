import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Case, CaseFile } from "./case-file.ts";

type Row = Readonly<Record<string, unknown>>;

/** Names of all JSON files in the folder of measured data, sorted, packed or not; none where there is no folder. */
export function findDataFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.json(\.gz)?$/.test(name))
    .sort();
}

/**
 * Reads one file of measured data as cases: one per entry of `cases` or `transitions`, one for a document that says
 * what is expected of it as a whole, none for a document that expects nothing. What a file holds beside its `cases`
 * belongs to every one of them and is their `shared`.
 */
export function readDataFile(folder: string, name: string): CaseFile {
  const bytes = readFileSync(join(folder, name));
  const document = JSON.parse((name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")) as Row;
  return { name: `data/${name}`, cases: rowsOf(document, name.replace(/\.json(\.gz)?$/, "")) };
}

function rowsOf(document: Row, stem: string): readonly Case[] {
  const { cases, transitions, ...shared } = document;
  if (Array.isArray(cases)) return cases.map((row: Row, index) => caseOf(row, `${stem}#${index}`, { ...row, shared }));
  if (Array.isArray(transitions)) {
    return transitions.map(({ rebuilt, ...input }: Row, index) => {
      return caseOf({ ...input, expected: { rebuilt } }, `${stem}#${index}`, input);
    });
  }
  return "expected" in document ? [caseOf(document, stem, document)] : [];
}

function caseOf(row: Row, fallback: string, input: unknown): Case {
  const id = typeof row["id"] === "string" ? row["id"] : fallback;
  return { id, input, expected: row["expected"], row };
}
