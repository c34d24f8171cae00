import { createHash, hash } from "node:crypto";

/** SHA-256 in lower-case hexadecimal, by Node's own implementation. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-512 in lower-case hexadecimal, by Node's own implementation. */
export function sha512Hex(bytes: Uint8Array): string {
  return createHash("sha512").update(bytes).digest("hex");
}

/** SHA-256 of texts one after the other, as if they were one. */
export function createSha256(): { readonly update: (text: string) => void; readonly hex: () => string } {
  const open = createHash("sha256");
  return { update: (text) => open.update(text, "utf8"), hex: () => open.digest("hex") };
}

/** SHA-256 of the text's UTF-8 in lower-case hexadecimal, without a copy of the bytes. */
export function sha256TextHex(text: string): string {
  return hash("sha256", text, "hex");
}
