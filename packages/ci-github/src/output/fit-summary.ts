// "Job summaries are isolated between steps and each step is restricted to a maximum size of 1MiB."
const defaultMaxBytes = 1024 * 1024;
// Room for the note and for what has to be closed.
const reserve = 512;

/**
 * A step summary that GitHub takes: as it is, or cut after a whole line, with a note at the beginning that says how
 * much was left out. Code blocks and `<details>` that were open at the cut are closed.
 *
 * Empty when there is no room even for the note.
 *
 * @param options.maxBytes - UTF-8, for this text alone. Default 1 MiB.
 * @param options.fullVersion - Where the whole can be found, for the note.
 */
export function fitSummary(
  markdown: string,
  options: { readonly maxBytes?: number; readonly fullVersion?: string } = {},
): string {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const bytes = new TextEncoder().encode(markdown);
  if (bytes.length <= maxBytes) return markdown;
  const where =
    options.fullVersion === undefined ? "" : ` The whole is ${options.fullVersion.replace(/\s+/g, " ").slice(0, 200)}.`;
  const room = maxBytes - reserve - new TextEncoder().encode(where).length;
  if (room <= 0) return "";
  const cut = bytes.lastIndexOf(0x0a, room);
  const kept = new TextDecoder().decode(bytes.subarray(0, Math.max(0, cut)));
  const [shown, all] = [lineCount(kept), lineCount(markdown)];
  const note = `> **Shortened:** the first ${shown} of ${all} lines, as GitHub shows at most ${maxBytes} bytes.${where}\n\n`;
  return `${note}${kept}\n${closingOf(kept)}`;
}

function lineCount(text: string): number {
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}

function closingOf(markdown: string): string {
  let fence: string | undefined;
  let details = 0;
  for (const line of markdown.split("\n")) {
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else details += (line.match(/<details\b/g)?.length ?? 0) - (line.match(/<\/details>/g)?.length ?? 0);
  }
  const closed = Math.min(20, Math.max(0, details));
  return `${fence === undefined ? "" : `${fence}\n`}${"\n</details>\n".repeat(closed)}`;
}
