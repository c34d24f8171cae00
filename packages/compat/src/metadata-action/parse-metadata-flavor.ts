import { metadataError } from "./metadata-error.ts";
import { parseEntryFields } from "./metadata-list.ts";

/** The `flavor` input: what applies to all tags. */
export interface MetadataFlavor {
  readonly latest: "auto" | "true" | "false";
  /** May hold expressions. Not for rules with a prefix of their own, which `sha` and `ref,event=pr` always have. */
  readonly prefix: string;
  /** Whether `latest` gets the prefix too, without rendering it. */
  readonly prefixLatest: boolean;
  readonly suffix: string;
  readonly suffixLatest: boolean;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * The flavor that the entries describe together; the last value wins. `onlatest` belongs to the prefix or suffix
 * before it in the same entry.
 *
 * @throws BayplanError `INVALID_INPUT` for an unknown key, a field without `=`, and values that are none.
 */
export function parseMetadataFlavor(entries: readonly string[]): MetadataFlavor {
  const flavor: Writable<MetadataFlavor> = {
    latest: "auto",
    prefix: "",
    prefixLatest: false,
    suffix: "",
    suffixLatest: false,
  };
  for (const entry of entries) readEntry(flavor, entry);
  return flavor;
}

function readEntry(flavor: Writable<MetadataFlavor>, entry: string): void {
  let affix: "prefix" | "suffix" | undefined;
  for (const field of parseEntryFields(entry, "flavor")) {
    // Cut at a second `=`, as the action does.
    const [key = "", value] = field.split("=").map((part) => part.trim());
    if (value === undefined) throw refused("Invalid flavor entry", entry, "key=value");
    switch (key.toLowerCase()) {
      case "latest":
        flavor.latest = parseLatest(value, entry);
        break;
      case "prefix":
      case "suffix":
        affix = key.toLowerCase() === "prefix" ? "prefix" : "suffix";
        flavor[affix] = value;
        break;
      case "onlatest":
        checkOnLatest(value, entry);
        // Before any prefix or suffix it is accepted and means nothing.
        if (affix !== undefined) flavor[`${affix}Latest`] = value === "true";
        break;
      default:
        throw refused("Unknown flavor entry", entry, "the keys latest, prefix, suffix and onlatest");
    }
  }
}

function parseLatest(value: string, entry: string): MetadataFlavor["latest"] {
  if (value === "auto" || value === "true" || value === "false") return value;
  throw refused("Invalid latest flavor entry", entry, "latest=auto, latest=true or latest=false");
}

function checkOnLatest(value: string, entry: string): void {
  if (value === "true" || value === "false") return;
  const place = { path: "flavor", found: entry, expected: "onlatest=true or onlatest=false" };
  throw metadataError(`Invalid value for onlatest attribute: ${value}`, place);
}

function refused(words: string, entry: string, expected: string): Error {
  return metadataError(`${words}: ${entry}`, { path: "flavor", found: entry, expected });
}
