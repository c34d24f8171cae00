/** One part of a shell pattern: a character, any character, or any text. */
type Part = { readonly kind: "char"; readonly char: string } | { readonly kind: "any" } | { readonly kind: "text" };

/** Reads `*`, `?` and escapes; brackets mean themselves, as in BuildKit. */
export function parseShellPattern(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? "";
    if (char === "*") parts.push({ kind: "text" });
    else if (char === "?") parts.push({ kind: "any" });
    else if (char === "\\" && at + 1 < chars.length) {
      at += 1;
      parts.push({ kind: "char", char: chars[at] ?? "" });
    } else parts.push({ kind: "char", char });
  }
  return parts;
}

/**
 * All lengths of beginnings of the text that the pattern matches, ascending. Walks all possibilities at once, so that no
 * pattern takes longer than its length times the text's.
 */
export function matchingLengths(parts: readonly Part[], text: readonly string[]): readonly number[] {
  const lengths: number[] = [];
  let states = throughText(parts, new Set([0]));
  if (states.has(parts.length)) lengths.push(0);
  for (const [index, char] of text.entries()) {
    const next = new Set<number>();
    for (const state of states) {
      const part = parts[state];
      if (part?.kind === "text") next.add(state);
      else if (part?.kind === "any" || (part?.kind === "char" && part.char === char)) next.add(state + 1);
    }
    if (next.size === 0) break;
    states = throughText(parts, next);
    if (states.has(parts.length)) lengths.push(index + 1);
  }
  return lengths;
}

/** `*` may also match nothing. */
function throughText(parts: readonly Part[], states: ReadonlySet<number>): ReadonlySet<number> {
  const all = new Set(states);
  for (const state of all) if (parts[state]?.kind === "text") all.add(state + 1);
  return all;
}
