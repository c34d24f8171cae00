import type { Digest } from "../oci/digest.ts";

/** The algorithm and the first 12 hexadecimal digits, for people. */
export function shortDigest(digest: Digest): string {
  const [algorithm, encoded] = digest.split(":", 2);
  return `${algorithm}:${encoded?.slice(0, 12)}`;
}
