/** The text as a regular expression that fits only itself. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** RE2 source for a pattern in which `*` stands for any letters, and `?` for one where that is so. */
export function wildcardSource(pattern: string, { question = false } = {}): string {
  const parts = [...pattern].map((letter) => {
    if (letter === "*") return ".*";
    return letter === "?" && question ? "." : escapePattern(letter);
  });
  return parts.join("");
}
