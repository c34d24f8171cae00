import { metadataError } from "./metadata-error.ts";
import { parseEntryFields, splitAttribute } from "./metadata-list.ts";

/** The kinds of tag rules of docker/metadata-action. */
export type MetadataTagType = "schedule" | "semver" | "pep440" | "match" | "edge" | "ref" | "raw" | "sha";

/** One entry of `tags`, read, with the defaults of its type filled in. */
export interface MetadataTagRule {
  readonly type: MetadataTagType;
  /** By name in lower case; unknown ones are kept and mean nothing. */
  readonly attrs: Readonly<Record<string, string>>;
}

const priorities: Readonly<Record<MetadataTagType, string>> = {
  schedule: "1000",
  semver: "900",
  pep440: "900",
  match: "800",
  edge: "700",
  ref: "600",
  raw: "200",
  sha: "100",
};
const withoutInput = ["type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr"];

/**
 * The rules of a `tags` list in the order in which they apply: by priority, the highest first, and as written where it
 * is equal. An empty list means the schedule, the branch, the tag and the pull request.
 *
 * @throws BayplanError `INVALID_INPUT` as {@link parseMetadataTag}.
 */
export function parseMetadataTags(entries: readonly string[]): readonly MetadataTagRule[] {
  return (entries.length === 0 ? withoutInput : entries).map(parseMetadataTag).sort(byPriority);
}

/** A priority that is no number ties with every other, as in the action. */
export function byPriority(left: MetadataTagRule, right: MetadataTagRule): number {
  const difference = Number(right.attrs["priority"]) - Number(left.attrs["priority"]);
  return Number.isNaN(difference) ? 0 : difference;
}

/**
 * Reads one entry of `tags`, for example `type=semver,pattern={{version}}`. Without a type it is `raw`.
 *
 * @throws BayplanError `INVALID_INPUT` for an unknown type, a required attribute that is missing or has no meaning, and
 * quotes that are no CSV.
 */
export function parseMetadataTag(entry: string): MetadataTagRule {
  const attrs = new Map<string, string>();
  let type: MetadataTagType = "raw";
  for (const field of parseEntryFields(entry, "tags")) {
    const [name, value] = splitAttribute(field);
    if (value === undefined) attrs.set("value", name);
    else if (name.toLowerCase() !== "type") attrs.set(name.toLowerCase(), value);
    else if (isType(value)) type = value;
    else {
      const expected = `type= and one of ${Object.keys(priorities).join(", ")}`;
      throw metadataError(`Unknown tag type attribute: ${value}`, { path: "tags", found: entry, expected });
    }
  }
  complete(type, attrs, entry);
  // An object cannot hold this name as an ordinary one; the action loses it in the same way.
  attrs.delete("__proto__");
  return { type, attrs: Object.fromEntries(attrs) };
}

function isType(value: string): value is MetadataTagType {
  return Object.hasOwn(priorities, value);
}

function complete(type: MetadataTagType, attrs: Map<string, string>, entry: string): void {
  switch (type) {
    case "schedule":
      fill(attrs, { pattern: "nightly" });
      break;
    case "semver":
    case "pep440":
      need(attrs, "pattern", entry);
      fill(attrs, { value: "", match: "" });
      break;
    case "match":
      need(attrs, "pattern", entry);
      fill(attrs, { group: "0", value: "" });
      if (Number.isNaN(Number(attrs.get("group")))) throw refused("Invalid match group for", entry, "a group number");
      break;
    case "edge":
      fill(attrs, { branch: "" });
      break;
    case "ref":
      need(attrs, "event", entry);
      oneOf(attrs.get("event"), ["branch", "tag", "pr"], { words: "Invalid event for", entry });
      if (attrs.get("event") === "pr") fill(attrs, { prefix: "pr-" });
      break;
    case "raw":
      need(attrs, "value", entry);
      break;
    case "sha":
      fill(attrs, { prefix: "sha-", format: "short" });
      oneOf(attrs.get("format"), ["short", "long"], { words: "Invalid format for", entry });
      break;
  }
  fill(attrs, { enable: "true", priority: priorities[type] });
}

function fill(attrs: Map<string, string>, defaults: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(defaults)) if (!attrs.has(name)) attrs.set(name, value);
}

function need(attrs: ReadonlyMap<string, string>, name: string, entry: string): void {
  if (!attrs.has(name)) throw refused(`Missing ${name} attribute for`, entry, `${name}=`);
}

function oneOf(
  value: string | undefined,
  allowed: readonly string[],
  place: { readonly words: string; readonly entry: string },
): void {
  if (!allowed.includes(value ?? "")) throw refused(place.words, place.entry, allowed.join(", "));
}

function refused(words: string, entry: string, expected: string): Error {
  return metadataError(`${words} ${entry}`, { path: "tags", found: entry, expected });
}
