import type { Digest } from "../oci/digest.ts";

/** One part of an image that is at the target now, and how it came there. `size` is in bytes. */
export interface CopyProgress {
  readonly kind: "blob-copied" | "blob-mounted" | "manifest-copied" | "manifest-present";
  readonly digest: Digest;
  readonly size: number;
}
