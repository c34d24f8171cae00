import { metadataError } from "./metadata-error.ts";
import { parseEntryFields } from "./metadata-list.ts";

/** One entry of `images`. */
export interface MetadataImage {
  /** As written; in tags it stands in lower case. Nothing else is checked or repaired. */
  readonly name: string;
  readonly enable: boolean;
}

/**
 * The images of an `images` list. A list of one entry without attributes is a comma list of names; otherwise every
 * entry is one image, `name/foo,enable=false`. Duplicates stay.
 *
 * @throws BayplanError `INVALID_INPUT` for an unknown attribute, an `enable` that is neither `true` nor `false`, and an
 * entry without a name.
 */
export function parseMetadataImages(entries: readonly string[]): readonly MetadataImage[] {
  return bareNames(entries) ?? entries.map(parseImage);
}

/** The old form: one line, nothing but names. */
function bareNames(entries: readonly string[]): readonly MetadataImage[] | undefined {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return undefined;
  const fields = parseEntryFields(entry, "images");
  if (fields.some((field) => field.includes("="))) return undefined;
  return fields.map((field) => ({ name: field.trim(), enable: true }));
}

function parseImage(entry: string): MetadataImage {
  let name = "";
  let enable = true;
  for (const field of parseEntryFields(entry, "images")) {
    // Cut at a second `=`, as the action does.
    const [key = "", value] = field.split("=").map((part) => part.trim());
    if (value === undefined) name = key;
    else if (key.toLowerCase() === "name") name = value;
    else if (key.toLowerCase() === "enable") enable = parseEnable(value, entry);
    else throw refused("Unknown image attribute", entry, "the attributes name and enable");
  }
  if (name === "") throw refused("Image name attribute empty", entry, "a name");
  return { name, enable };
}

function parseEnable(value: string, entry: string): boolean {
  if (value === "true" || value === "false") return value === "true";
  throw refused("Invalid enable attribute value", entry, "enable=true or enable=false, in lower case");
}

function refused(words: string, entry: string, expected: string): Error {
  return metadataError(`${words}: ${entry}`, { path: "images", found: entry, expected });
}
