import { BayplanError } from "../errors.ts";

const full = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
const abbreviated = /^[0-9a-f]{4,63}$/i;

/** Whether the text is a whole object name: 40 hexadecimal digits, or 64 in a SHA-256 repository, of either case. */
export function isFullSha(text: string): boolean {
  return full.test(text);
}

/** Whether the text can be the beginning of an object name: 4 digits at least, as Git asks. */
export function isShaPrefix(text: string): boolean {
  return abbreviated.test(text) && !full.test(text);
}

/** Whether it is the name Git writes where there is no object. */
export function isZeroSha(text: string): boolean {
  return /^0+$/.test(text);
}

/** The object name in lower case. Throws `INVALID_INPUT` when it is not whole. */
export function parseFullSha(text: string, what: string): string {
  if (isFullSha(text)) return text.toLowerCase();
  throw new BayplanError(
    "INVALID_INPUT",
    `The ${what} is ${JSON.stringify(text.slice(0, 80))}; a full sha of 40 (or 64) hexadecimal digits is expected.`,
  );
}
