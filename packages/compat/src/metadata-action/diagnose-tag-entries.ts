import type { MetadataDiagnostic } from "./metadata-diagnostic.ts";
import { parseEntryFields, splitAttribute } from "./metadata-list.ts";
import { type MetadataTagType, parseMetadataTag } from "./parse-metadata-tag.ts";

const ofEveryType = ["type", "enable", "priority", "prefix", "suffix"];
const ownAttributes: Readonly<Record<MetadataTagType, readonly string[]>> = {
  schedule: ["pattern"],
  semver: ["pattern", "value", "match"],
  pep440: ["pattern", "value", "match"],
  match: ["pattern", "group", "value"],
  edge: ["branch"],
  ref: ["event"],
  raw: ["value"],
  sha: ["format"],
};

/** What is legal in the entries of `tags` and hardly meant. The entries must be ones that can be read. */
export function diagnoseTagEntries(entries: readonly string[]): readonly MetadataDiagnostic[] {
  return entries.flatMap(diagnoseEntry);
}

function diagnoseEntry(entry: string): readonly MetadataDiagnostic[] {
  const diagnostics: MetadataDiagnostic[] = [];
  if (entry.startsWith("#")) {
    const advice = "Write comments in the first column, without indentation.";
    diagnostics.push({ code: "comment-taken-as-entry", input: "tags", found: entry, advice });
  }
  const attributes = parseEntryFields(entry, "tags").map(splitAttribute);
  const values = attributes.filter(([name, value]) => value === undefined || name.toLowerCase() === "value");
  if (values.length > 1) {
    const advice = "Write one value per line, and double the quotes around a field that holds a comma.";
    diagnostics.push({ code: "bare-value-dropped", input: "tags", found: entry, advice });
  }
  const known = [...ofEveryType, ...ownAttributes[parseMetadataTag(entry).type]];
  for (const [name, value] of attributes) {
    const attribute = value === undefined ? "value" : name.toLowerCase();
    if (known.includes(attribute)) continue;
    const advice = `This type knows ${known.join(", ")}.`;
    diagnostics.push({
      code: "unknown-attribute",
      input: "tags",
      found: value === undefined ? name : attribute,
      advice,
    });
  }
  return diagnostics;
}
