import { createSha256, sha256Hex, sha256TextHex, sha512Hex } from "#sha256";
import { BayplanError } from "../errors.ts";

/**
 * `sha256:<64 lowercase hex>` or `sha512:<128 lowercase hex>`. Only {@link parseDigest} and {@link digestOf} make one,
 * so holding it means it was checked. The brand is a literal: two installed copies of core agree on the type.
 */
export type Digest = string & { readonly __brand: "Digest" };

const pattern = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Whether the text is a digest that {@link parseDigest} would accept. */
export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/**
 * Reads a content digest.
 *
 * @throws BayplanError `INVALID_DIGEST` naming what is wrong: algorithm, length or upper case.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new BayplanError("INVALID_DIGEST", `"${text.slice(0, 140)}" is not a digest: ${whatIsWrong(text)}`);
}

function whatIsWrong(text: string): string {
  const [algorithm, encoded] = text.split(":", 2);
  const length = algorithm === "sha256" ? 64 : algorithm === "sha512" ? 128 : undefined;
  if (encoded === undefined) return "write it as algorithm:hex, for example sha256: and 64 hexadecimal digits.";
  if (length === undefined) return `the algorithm "${algorithm}" is not supported. Use sha256 or sha512.`;
  if (/[A-F]/.test(encoded)) return "the hexadecimal digits must be lower case.";
  return `${algorithm} needs exactly ${length} hexadecimal digits, there are ${encoded.length} characters.`;
}

/** The digest of these bytes. The algorithm is `sha256` unless told otherwise. */
export function digestOf(bytes: Uint8Array, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return `${algorithm}:${algorithm === "sha256" ? sha256Hex(bytes) : sha512Hex(bytes)}` as Digest;
}

/** The SHA-256 digest of a text's UTF-8: the same as {@link digestOf} its bytes, in half the time for small texts. */
export function digestOfText(text: string): Digest {
  return `sha256:${sha256TextHex(text)}` as Digest;
}

/** The SHA-256 digest of a text that `write` gives in parts; whole characters in each. */
export function digestOfParts(write: (emit: (part: string) => void) => void): Digest {
  const hash = createSha256();
  write(hash.update);
  return `sha256:${hash.hex()}` as Digest;
}

/** Whether the bytes have this digest, by the digest's own algorithm. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, digest.startsWith("sha512:") ? "sha512" : "sha256") === digest;
}
