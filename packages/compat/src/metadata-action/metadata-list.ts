import { parse } from "csv-parse/sync";
import { metadataError } from "./metadata-error.ts";

const maxText = 1_048_576;
const maxEntries = 10_000;

/**
 * The entries of a list input of docker/metadata-action, one per line: the text is read as CSV and the fields of a
 * record are joined again by commas, so quotes around a whole field are gone. A `#` starts a comment in the first
 * column only. Blank lines are dropped, entries are trimmed.
 *
 * @throws BayplanError `INVALID_INPUT` for more than 1 MiB of text, more than 10 000 entries, and CSV that the action
 * would not read either.
 */
export function parseMetadataList(text: string): readonly string[] {
  const records = parseRecords(text);
  return records.map((fields) => fields.join(",").trim()).filter((entry) => entry !== "");
}

/**
 * The entries in which a comma stood in quotes that are gone now, so that the comma will divide the entry. Doubled
 * quotes around the field, inside quotes around the line, keep it whole.
 */
export function entriesWithLostQuotes(text: string): readonly string[] {
  return parseRecords(text)
    .filter(hasBareComma)
    .map((fields) => fields.join(","));
}

/** Quotes around a whole line are often harmless: only a comma in braces or apostrophes was meant to stay there. */
function hasBareComma(fields: readonly string[]): boolean {
  const [only = "", ...others] = fields;
  if (others.length > 0) return fields.some((field) => field.includes(","));
  return /\{[^}"]*,|'[^'"]*,[^'"]*'/.test(only.replace(/"(?:[^"]|"")*"/g, ""));
}

function parseRecords(text: string): readonly (readonly string[])[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  const records = readCsv(trimmed, "list", {
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    comment: "#",
    comment_no_infix: true,
  });
  if (records.length > maxEntries) {
    const place = { path: "list", found: `${records.length} entries`, expected: `at most ${maxEntries}` };
    throw metadataError("The list is too long", place);
  }
  return records;
}

/**
 * The fields of one entry, split at commas outside quotes. Quotes are strict here: a quote inside a bare field is
 * refused.
 *
 * @throws BayplanError `INVALID_INPUT` for an entry that is blank or no CSV.
 */
export function parseEntryFields(entry: string, path: string): readonly string[] {
  const [fields] = readCsv(entry, path, { relax_column_count: true, skip_empty_lines: true });
  if (fields !== undefined) return fields;
  throw metadataError("fields is not iterable", { path, found: entry, expected: "an entry that is not blank" });
}

/** What stands before and after a field's first `=`, both trimmed; the second is missing where there is no `=`. */
export function splitAttribute(field: string): readonly [string, string | undefined] {
  // An `=` in the first place is part of a bare value.
  const at = field.startsWith("=") ? -1 : field.indexOf("=");
  if (at < 0) return [field.trim(), undefined];
  return [field.slice(0, at).trim(), field.slice(at + 1).trim()];
}

function readCsv(text: string, path: string, options: Readonly<Record<string, unknown>>): readonly string[][] {
  const expected = "CSV: fields that hold a comma or a quote stand in quotes, quotes inside them doubled";
  if (text.length > maxText) {
    const place = { path, found: `${text.length} characters`, expected: `at most ${maxText}` };
    throw metadataError("The text is too long", place);
  }
  try {
    return parse(text, options) as unknown as string[][];
  } catch (error) {
    throw metadataError(messageOf(error), { path, found: text, expected }, error);
  }
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
