import { createHash } from "node:crypto";

/** SHA-256 in lower-case hexadecimal, by Node's own implementation. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-512 in lower-case hexadecimal, by Node's own implementation. */
export function sha512Hex(bytes: Uint8Array): string {
  return createHash("sha512").update(bytes).digest("hex");
}
