import { BayplanError } from "../errors.ts";
import { fitMarkdownTable, utf8Length } from "./markdown.ts";
import type { RenderOptions } from "./render-options.ts";

/** A table of the document, and what it says of rows that are left out. */
export interface BoundedTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** One line of Markdown about the rows left out, by their places; it must not hold texts of unknown length. */
  readonly leftOut: (places: readonly number[]) => string;
}

// More than any line about rows that are left out.
const noteBytes = 400;

/**
 * Markdown of at most `maxBytes` bytes: the paragraphs, then the tables. Every table but the first gets at most half of the
 * room there is, the first all that is left. Rows are left out whole, and a line says so.
 *
 * @throws BayplanError `INVALID_INPUT` when not even the paragraphs and those lines fit.
 */
export function boundedMarkdown(
  paragraphs: readonly string[],
  tables: readonly BoundedTable[],
  { maxBytes = 1_000_000 }: RenderOptions,
): string {
  const parts = [...paragraphs];
  let room = maxBytes - utf8Length(`${parts.join("\n\n")}\n`) - tables.length * noteBytes;
  if (!(room >= 0)) {
    throw new BayplanError(
      "INVALID_INPUT",
      `maxBytes is ${maxBytes}, and the Markdown needs at least ${Math.ceil(maxBytes - room)} bytes. Allow more, or use another format.`,
    );
  }
  // From the last: what is usually short gets its room first, and the long first table all that is left.
  const fitted = tables.toReversed().map((table, place, all) => {
    const share = Math.floor(room / (place < all.length - 1 ? 2 : 1));
    const { text, leftOut } = fitMarkdownTable(table.head, table.rows, { maxBytes: share });
    room -= utf8Length(text);
    return [text, leftOut.length === 0 ? "" : table.leftOut(leftOut)];
  });
  parts.push(
    ...fitted
      .toReversed()
      .flat()
      .filter((part) => part !== ""),
  );
  return `${parts.join("\n\n")}\n`;
}
