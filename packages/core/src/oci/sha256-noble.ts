import { sha256, sha512 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";

/** SHA-256 in lower-case hexadecimal, where there is no Node. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

/** SHA-512 in lower-case hexadecimal, where there is no Node. */
export function sha512Hex(bytes: Uint8Array): string {
  return bytesToHex(sha512(bytes));
}

/** SHA-256 of texts one after the other, as if they were one. */
export function createSha256(): { readonly update: (text: string) => void; readonly hex: () => string } {
  const open = sha256.create();
  return { update: (text) => open.update(new TextEncoder().encode(text)), hex: () => bytesToHex(open.digest()) };
}

/** SHA-256 of the text's UTF-8 in lower-case hexadecimal. */
export function sha256TextHex(text: string): string {
  return sha256Hex(new TextEncoder().encode(text));
}
