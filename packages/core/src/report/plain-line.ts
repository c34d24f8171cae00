/** Text on one line of a terminal or log: what it holds can neither begin a line nor control anything. */
export function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
