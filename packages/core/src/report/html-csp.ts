import { digestOf } from "../oci/digest.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * A content security policy under which a page can use this style and this script and nothing else: no request, no other
 * script or style (also none in an attribute), no form, no frame, no other base address.
 *
 * @see https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
export function htmlPolicy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${hashSource(style)}'`,
    `script-src '${hashSource(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function hashSource(text: string): string {
  const hex = digestOf(new TextEncoder().encode(text)).slice("sha256:".length);
  // Three hexadecimal digits are two characters of Base64; 32 bytes leave one digit, and end with one "=".
  const triples = `${hex}00`.match(/.{3}/g) ?? [];
  const encoded = triples.map((triple) => {
    const bits = Number.parseInt(triple, 16);
    return `${alphabet[bits >> 6]}${alphabet[bits & 63]}`;
  });
  return `sha256-${encoded.join("").slice(0, 43)}=`;
}
