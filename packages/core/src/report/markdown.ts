/** Text that stands in Markdown as itself, on one line: nothing in it starts markup, a tag, a link or a table cell. */
export function escapeMarkdown(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const safe = line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return safe.replace(/([\\`*_{}[\]()#+!|~@])/g, "\\$1");
}

/** A table. Cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [...tableHead(head), ...rows.map(tableLine)].join("\n");
}

/** How many bytes of UTF-8 Markdown may have. */
interface MarkdownLimit {
  readonly maxBytes: number;
}

/** A table that was cut to fit. */
export interface FittedTable {
  readonly text: string;
  /** Places of the rows that are left out, in order. */
  readonly leftOut: readonly number[];
}

/**
 * A table of at most so many bytes of UTF-8: rows that no longer fit are left out whole. With a budget too small for the
 * head it is empty text and all rows are left out.
 */
export function fitMarkdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { maxBytes }: MarkdownLimit,
): FittedTable {
  const lines = tableHead(head);
  let left = maxBytes - utf8Length(lines.join("\n"));
  const leftOut: number[] = [];
  const hasRoom = left >= 0;
  for (const [place, row] of rows.entries()) {
    const line = tableLine(row);
    const size = utf8Length(line) + 1;
    if (size > left) {
      leftOut.push(place);
      continue;
    }
    left -= size;
    lines.push(line);
  }
  return { text: hasRoom ? lines.join("\n") : "", leftOut };
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

function tableHead(head: readonly string[]): string[] {
  return [tableLine(head), `|${head.map(() => " --- |").join("")}`];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
}
