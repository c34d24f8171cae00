import { digestOf } from "../oci/digest.ts";

/** A legal tag and the text it was made from. */
export interface SanitizedTag {
  readonly tag: string;
  readonly original: string;
}

/** How a text is made a tag. */
export interface SanitizeOptions {
  /** Characters the tag may have. Default 128, at least 16. */
  readonly maxLength?: number;
  /** Whether a text that had to be changed also gets a hash of itself, so that `a/b` and `a-b` differ. Default false. */
  readonly unique?: boolean;
}

const hashLength = 12;

/**
 * Makes any text a legal tag: each run of characters a tag cannot have becomes one `-`, a leading `.` or `-` goes, what
 * is too long is cut and ends with a hash of the whole text, and what has nothing left is `ref-` and that hash. The same
 * text always gives the same tag; a legal text is its own tag.
 */
export function sanitizeTag(original: string, options: SanitizeOptions = {}): SanitizedTag {
  const maxLength = Math.max(16, options.maxLength ?? 128);
  const cleaned = original.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "");
  if (cleaned === "") return { tag: `ref-${hashOf(original)}`, original };
  const isHashed = cleaned.length > maxLength || (options.unique === true && cleaned !== original);
  if (!isHashed) return { tag: cleaned, original };
  return { tag: `${cleaned.slice(0, maxLength - hashLength - 1)}-${hashOf(original)}`, original };
}

function hashOf(text: string): string {
  return digestOf(new TextEncoder().encode(text)).slice("sha256:".length, "sha256:".length + hashLength);
}
