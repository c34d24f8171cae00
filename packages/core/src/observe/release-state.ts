import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { Completeness, VersionCandidate } from "../ports/version-source.ts";
import type { ImageFact } from "./image-fact.ts";

/** Why something could not be learnt. Never mistaken for "it is not there". */
export interface Unknown {
  readonly state: "unknown";
  /** A `BayplanErrorCode`. */
  readonly error: string;
  readonly message: string;
}

/** What a version source said. */
export type SourceFact =
  | { readonly state: "listed"; readonly candidates: readonly VersionCandidate[]; readonly completeness: Completeness }
  | Unknown;

/** What a registry said of one reference. */
export type ReferenceFact =
  | {
      readonly state: "present";
      readonly digest: Digest;
      /** Digest of the manifest for each runnable platform, where a plan needs them. */
      readonly platforms?: Readonly<Record<string, Digest>>;
    }
  | { readonly state: "absent" }
  | { readonly state: "denied-or-absent" }
  | Unknown;

/** What a registry said of the tags in one repository. */
export type TagsFact =
  | { readonly state: "complete"; readonly tags: readonly string[] }
  | { readonly state: "absent" }
  | Unknown;

/**
 * Everything a plan is made from, learnt once: plain JSON without secrets, so a plan can be made again from a file.
 */
export interface ReleaseState {
  readonly formatVersion: 1;
  readonly observedAt: Instant;
  /** By the name of the source. */
  readonly sources: Readonly<Record<string, SourceFact>>;
  /** By the text form of the reference. */
  readonly references: Readonly<Record<string, ReferenceFact>>;
  /** By `registry/repository`. */
  readonly tags: Readonly<Record<string, TagsFact>>;
  /** By the text form of the digest reference: what images tell about themselves, where the definition asks for it. */
  readonly images?: Readonly<Record<string, ImageFact>>;
}
