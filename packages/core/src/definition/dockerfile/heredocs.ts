/** A heredoc that an instruction opens: its body ends with a line that is only `name`. */
export interface Heredoc {
  readonly name: string;
  /** Whether tabs before the end marker are ignored (`<<-`). */
  readonly chomp: boolean;
}

const withHeredocs = new Set(["RUN", "COPY", "ADD"]);

/** The heredocs of an instruction, in order: none where none is allowed, and none in the JSON form, whose texts are quoted. */
export function heredocsOf(
  instruction: { readonly keyword: string; readonly rest: string },
  whole: string,
): readonly Heredoc[] {
  const isTrigger = instruction.keyword === "ONBUILD";
  const [inner = ""] = isTrigger ? (/^\S+/.exec(instruction.rest) ?? []) : [instruction.keyword];
  if (!withHeredocs.has(inner.toUpperCase()) || !whole.includes("<<")) return [];
  return shellWords(whole).flatMap((word) => {
    const [, dash = "", marker = ""] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? [];
    const name = marker.replace(/\\(.)|["']/g, "$1");
    return name === "" ? [] : [{ name, chomp: dash === "-" }];
  });
}

/** Words as a shell splits them, quotes and escapes kept: a marker inside quotes opens nothing. */
function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote === "" && /\s/.test(char)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    word += char;
    if (char === "\\" && quote !== "'") {
      at += 1;
      word += text[at] ?? "";
    } else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = "";
  }
  // BuildKit sees no heredoc in a line whose quotes do not close.
  if (quote !== "") return [];
  return word === "" ? words : [...words, word];
}
