// A leading "=" is expanded by zsh.
const plain = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;
// Beside control characters those that end a line, or turn it around, for whoever reads the log.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * One line that shows a command to people; pasted into bash or zsh it is the same command. Nothing in it can end the
 * line, so no value can write a line of its own into a log. To run a command, start the process with the list itself.
 */
export function formatCommand(args: readonly string[]): string {
  return args.map(quote).join(" ");
}

function quote(text: string): string {
  if (plain.test(text)) return text;
  if (!unprintable.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${[...text].map(escaped).join("")}'`;
}

function escaped(character: string): string {
  if (character === "\\" || character === "'") return `\\${character}`;
  if (!unprintable.test(character)) return character;
  return [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
