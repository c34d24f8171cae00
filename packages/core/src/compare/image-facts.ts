import type { JsonValue } from "../oci/canonical-json.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";

/** What is known of an image: everything a comparison or a gate looks at, gathered once. Plain data. */
export interface ImageFacts {
  /** As it was asked for. */
  readonly reference: string;
  /** Of what the reference names: the index, or the only manifest. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of the index, or of the only manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The runnable images, in the order of the index. */
  readonly platforms: readonly PlatformFacts[];
  /** Provenance and SBOMs that BuildKit keeps in the index, each with the manifest it is about. */
  readonly attestations: readonly AttestationFacts[];
}

/** One runnable image of one platform. */
export interface PlatformFacts {
  /** For example `linux/arm/v7`. */
  readonly platform: string;
  /** Of its manifest. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of its manifest and of its entry in the index; the manifest's own win. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: Descriptor;
  /** The config document as it stands. */
  readonly configDocument: { readonly [key: string]: JsonValue };
  /** Compressed layers, in order. */
  readonly layers: readonly Descriptor[];
  /** Digests of the layers as unpacked (`rootfs.diff_ids`), in order. */
  readonly diffIds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /**
   * What it says it is built on (`org.opencontainers.image.base.*`). Some builders write the digest of the base's index,
   * others that of its platform's manifest.
   */
  readonly base: { readonly name?: string; readonly digest?: string };
}

/** An entry of an index that says something about another one. */
export interface AttestationFacts {
  readonly digest: Digest;
  /** The value of `vnd.docker.reference.type`. */
  readonly type: string;
  /** The value of `vnd.docker.reference.digest`. */
  readonly subject?: string;
}
