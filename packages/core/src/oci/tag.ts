import { BayplanError } from "../errors.ts";

const pattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Whether the text is a legal tag.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export function isTag(text: string): boolean {
  return pattern.test(text);
}

/**
 * Checks a tag and gives it back.
 *
 * @throws BayplanError `INVALID_TAG` naming the first character that may not stand there, or the length.
 */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new BayplanError("INVALID_TAG", `"${text.slice(0, 140)}" is not a legal tag: ${whatIsWrongWithTag(text)}`);
}

/** What keeps the text from being a legal tag, as the end of a sentence. */
export function whatIsWrongWithTag(text: string): string {
  if (text === "") return "it is empty.";
  if (text.length > 128) return `it has ${text.length} characters, at most 128 are allowed.`;
  const bad = /[^A-Za-z0-9._-]/.exec(text)?.[0];
  if (bad !== undefined)
    return `the character ${JSON.stringify(bad)} may not be used. Letters, digits, ".", "_" and "-" may.`;
  return `it may not begin with "${text[0]}".`;
}
