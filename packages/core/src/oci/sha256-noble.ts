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
