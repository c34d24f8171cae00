/**
 * Separates the flags before the arguments of an instruction: words that begin with `--`, their quotes and escapes taken
 * away. A `--` alone ends them.
 */
export function splitFlags(
  text: string,
  escapeWith: string,
): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isBlank(text[at])) at += 1;
    if (!text.startsWith("--", at)) return { flags, rest: text.slice(at).trim() };
    const [word, end] = readWord(text, at, escapeWith);
    at = end;
    if (word === "--") return { flags, rest: text.slice(at).trim() };
    flags.push(word);
  }
}

function readWord(text: string, start: number, escapeWith: string): [word: string, end: number] {
  let word = "";
  let quote = "";
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote === "" && isBlank(char)) break;
    if (char === escapeWith && at + 1 < text.length) {
      at += 1;
      word += text[at];
    } else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = "";
    else word += char;
  }
  return [word, at];
}

function isBlank(char: string | undefined): boolean {
  return char !== undefined && /\s/.test(char);
}
