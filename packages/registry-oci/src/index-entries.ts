/** One entry of an index, as it stands there. */
export interface IndexEntry {
  /** The JSON text. */
  readonly text: string;
  /** What it points at; `undefined` for an entry in which that is not a text. */
  readonly digest: string | undefined;
}

/** The entries of an index, and the index with other ones: whatever stands around them stays as it is. */
export interface IndexEntries {
  readonly entries: readonly IndexEntry[];
  with(entries: readonly IndexEntry[]): Uint8Array;
}

/**
 * Takes an index apart without understanding it: entries and members that nobody knows yet, numbers that no double
 * holds and the order of everything survive a change. `undefined` for what is not an index.
 */
export function readIndexEntries(bytes: Uint8Array): IndexEntries | undefined {
  const text = decode(bytes);
  const document = text === undefined ? undefined : parse(text);
  if (text === undefined || !isObject(document) || !Array.isArray(document["manifests"])) return undefined;
  // Such a document is an image to the one and an index to the other (CVE-2021-41190).
  if ("config" in document || "layers" in document) return undefined;
  const lists = itemsOf(text, text.indexOf("{")).flatMap(({ start, end }) => {
    const close = endOfString(text, text.indexOf('"', start));
    if (JSON.parse(text.slice(start, close).trim()) !== "manifests" || close > end) return [];
    return [text.indexOf("[", close)];
  });
  const [open, second] = lists;
  // Of a member that is there twice, one reader takes the first and the other one the last.
  if (open === undefined || second !== undefined) return undefined;
  const items = itemsOf(text, open).map(({ start, end }) => entryOf(text.slice(start, end).trim()));
  const closing = closingOf(text, open);
  return {
    entries: items,
    with: (entries) => {
      const list = entries.map((entry) => entry.text).join(",");
      return new TextEncoder().encode(`${text.slice(0, open + 1)}${list}${text.slice(closing)}`);
    },
  };
}

/** An index of nothing but these entries. */
export function writeIndex(mediaType: string, entries: readonly IndexEntry[]): Uint8Array {
  const list = entries.map((entry) => entry.text).join(",");
  return new TextEncoder().encode(`{"schemaVersion":2,"mediaType":${JSON.stringify(mediaType)},"manifests":[${list}]}`);
}

function entryOf(text: string): IndexEntry {
  const value = parse(text);
  const digest = isObject(value) ? value["digest"] : undefined;
  return { text, digest: typeof digest === "string" ? digest : undefined };
}

interface Range {
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
}

/** Where the items of the array, or the members of the object, that opens there stand. The text is valid JSON. */
function itemsOf(text: string, open: number): readonly Range[] {
  const items: Range[] = [];
  let start = open + 1;
  const closing = walk(text, open, (comma) => {
    items.push({ start, end: comma });
    start = comma + 1;
  });
  if (text.slice(start, closing).trim() !== "") items.push({ start, end: closing });
  return items;
}

function closingOf(text: string, open: number): number {
  return walk(text, open, () => {});
}

/** Goes from the bracket to the one that closes it, and gives its place; the commas directly inside are told. */
function walk(text: string, open: number, onComma: (at: number) => void): number {
  let depth = 0;
  let at = open;
  for (;;) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (character === "[" || character === "{") depth += 1;
    if (character === "]" || character === "}") depth -= 1;
    if (depth === 0) return at;
    if (character === "," && depth === 1) onComma(at);
    at += 1;
  }
}

/** Behind the closing quote of the string that begins there. */
function endOfString(text: string, quote: number): number {
  let at = quote + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
