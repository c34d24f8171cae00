import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** One case as a checker gets it: fixtures loaded, everything else as it stands in the file. */
export interface Case {
  readonly id: string;
  readonly input: unknown;
  readonly expected: unknown;
  /** The whole case, for formats that put their input beside `id`. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** A file of cases, named relative to the folder of all cases. */
export interface CaseFile {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** Names of all JSON files of cases below a folder, sorted; files in `fixtures/` belong to cases. */
export function findCaseFiles(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((name) => !name.split("/").includes("fixtures"))
    .sort();
}

/** Reads one file: an array of cases, or an object with `cases` and maybe `extra`. */
export function readCaseFile(folder: string, name: string): CaseFile {
  const path = join(folder, name);
  const document: unknown = JSON.parse(readFileSync(path, "utf8"));
  const cases = rowsOf(document).map((row, index): Case => {
    const loaded = loadFixtures(row, dirname(path)) as Readonly<Record<string, unknown>>;
    const id = typeof loaded["id"] === "string" ? loaded["id"] : `#${index}`;
    // `null` is an expectation, too.
    const expected = Object.hasOwn(loaded, "expected") ? withOthers(loaded) : expectationsOf(loaded);
    return { id, input: loaded["input"], expected, row: loaded };
  });
  return { name, cases };
}

/** What is expected of a case that has it beside its input: `expectedDeleted`, `expectedKept`, ...; nothing, if there is none. */
function expectationsOf(row: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(row).flatMap(([key, value]) => {
    if (key === "expectedError") return [["error", value]];
    return /^expected[A-Z]/.test(key) || key === "plannedDelete" ? [[key, value]] : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What stands in `expected`, and what is expected beside it. */
function withOthers(row: Readonly<Record<string, unknown>>): unknown {
  const { expected } = row;
  const others = expectationsOf(row);
  const isRecord = typeof expected === "object" && expected !== null && !Array.isArray(expected);
  return isRecord && typeof others === "object" ? { ...expected, ...others } : expected;
}

function rowsOf(document: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(document)) return document;
  const { cases, extra } = document as { cases?: unknown; extra?: unknown };
  return [cases, extra].flatMap((rows) => (Array.isArray(rows) ? rows : []));
}

/** `x_fixture: path` means: load that file, relative to the case file's folder, and use it as `x`. */
function loadFixtures(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => loadFixtures(item, folder));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => {
    if (!key.endsWith("_fixture") || typeof member !== "string") return [key, loadFixtures(member, folder)];
    const text = readFileSync(resolve(folder, member), "utf8");
    return [key.slice(0, -"_fixture".length), member.endsWith(".json") ? JSON.parse(text) : text];
  });
  return Object.fromEntries(entries);
}
