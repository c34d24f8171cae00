import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/**
 * Points at content by media type, digest and size.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** Content as a registry stores it: the exact bytes and the descriptor they were verified against. */
export interface StoredBytes {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}
