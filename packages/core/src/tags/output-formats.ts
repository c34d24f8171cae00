import { BayplanError } from "../errors.ts";
import { digestOf } from "../oci/digest.ts";

/**
 * `key=value` lines as the inputs `labels` and `annotations` of Docker's actions read them: CSV records, so an entry
 * with line breaks, quotes or a leading `#` stands in quotes and stays one entry.
 *
 * @param options.level - Put before every entry, for annotations: `index:key=value`.
 */
export function formatLabelList(
  values: Readonly<Record<string, string>>,
  options: { readonly level?: string } = {},
): string {
  const prefix = options.level === undefined ? "" : `${options.level}:`;
  return Object.entries(values)
    .map(([key, value]) => quoted(`${prefix}${key}=${value}`))
    .join("\n");
}

/** One item on each line. The items of a tag list never need quotes; others get them as in {@link formatLabelList}. */
export function formatLineList(items: readonly string[]): string {
  return items.map(quoted).join("\n");
}

/**
 * Reads what {@link formatLabelList} and {@link formatLineList} write: the entries, whatever is in them.
 *
 * @throws BayplanError `INVALID_INPUT` when a quote is not closed.
 */
export function parseLineList(text: string): readonly string[] {
  const entries: string[] = [];
  let rest = text;
  while (rest !== "") {
    const match = /^"((?:[^"]|"")*)"(?:\n|$)/.exec(rest) ?? undefined;
    if (match !== undefined) {
      entries.push((match[1] ?? "").replaceAll('""', '"'));
      rest = rest.slice(match[0].length);
      continue;
    }
    if (rest.startsWith('"')) throw new BayplanError("INVALID_INPUT", "A quote in the list is not closed.");
    const end = rest.indexOf("\n");
    const line = end < 0 ? rest : rest.slice(0, end);
    if (line !== "") entries.push(line);
    rest = end < 0 ? "" : rest.slice(end + 1);
  }
  return entries;
}

function quoted(entry: string): string {
  const isPlain = entry !== "" && !/["\r\n]/.test(entry) && !/^[#\s]|\s$/.test(entry);
  return isPlain ? entry : `"${entry.replaceAll('"', '""')}"`;
}

/**
 * What a job appends to `$GITHUB_OUTPUT` or `$GITHUB_ENV`. Every value stands between delimiters that do not occur in
 * it, so no value can end early or set another name.
 *
 * @throws BayplanError `INVALID_INPUT` for a name that is not letters, digits, `_` and `-`.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function formatHeredoc(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
        const message = `${JSON.stringify(name)} cannot be the name of an output: use letters, digits, _ and -.`;
        throw new BayplanError("INVALID_INPUT", message);
      }
      const delimiter = delimiterFor(value);
      return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
    })
    .join("");
}

function delimiterFor(value: string): string {
  const { length } = "sha256:";
  const hash = digestOf(new TextEncoder().encode(value)).slice(length, length + 24);
  let delimiter = `bayplan_${hash}`;
  // Nobody can choose a text with its own hash in it; a loop costs nothing and leaves no doubt.
  while (value.includes(delimiter)) delimiter = `${delimiter}_`;
  return delimiter;
}
