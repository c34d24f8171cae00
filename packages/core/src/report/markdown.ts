/** Text that stands in Markdown as itself, on one line: nothing in it starts markup, a tag, a link or a table cell. */
export function escapeMarkdown(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const safe = line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return safe.replace(/([\\`*_{}[\]()#+!|~@])/g, "\\$1");
}

/** A table. Cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}
