import type { BayplanError } from "../errors.ts";
import type { Instant } from "../instant.ts";
import type { Descriptor, StoredBytes } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { DigestReference, Reference, RepositoryName, TagReference } from "../oci/reference.ts";
import type { CallOptions } from "./call-options.ts";

/** What a registry may truthfully answer. Everything else (refused, rate limited, unreachable) throws with its code. */
export type Resolution =
  | { readonly state: "present"; readonly descriptor: Descriptor }
  | { readonly state: "absent" }
  /** The registry does not say which (GHCR, Docker Hub without access): policy decides, never the adapter. */
  | { readonly state: "denied-or-absent" };

/** That one of many references could not be resolved, and why: what `resolve` would have thrown. Never to be taken for absent. */
export interface Unresolved {
  readonly state: "unknown";
  readonly error: BayplanError;
}

/**
 * What is told of one of many references. Media type and size of what is present are missing where the registry's list
 * does not tell them; the digest may be as old as that list, which lags behind by seconds. Absent and refused are only
 * what the registry itself says.
 */
export type BulkResolution =
  | { readonly state: "present"; readonly descriptor: Pick<Descriptor, "digest"> & Partial<Descriptor> }
  | Exclude<Resolution, { readonly state: "present" }>
  | Unresolved;

/** What an effect expects to find, explicit because it travels as JSON. */
export type Expected = { readonly absent: true } | { readonly digest: Digest };

/** How a tag was written. `checked`: read, written, read again. `atomic`: the registry compared and swapped. */
export interface TagReceipt {
  readonly guarantee: "checked" | "atomic";
  readonly previous: Expected;
  /** Whether anything was written: `false` when the tag already showed the target. */
  readonly changed: boolean;
}

/** What must still be true of a manifest when it is deleted. */
export interface DeleteExpectation {
  readonly tags: readonly string[];
  readonly parents: readonly Digest[];
  /** What is attached to it. Absent: nobody looked. Adapters need not look either. */
  readonly referrers?: readonly Digest[];
}

/** A manifest to be deleted and what must still be true of it. */
export interface DeleteOrder {
  readonly target: DigestReference;
  readonly expected: DeleteExpectation;
}

/** What became of one of many: deleted (or gone before), or kept, and why. */
export type DeleteOutcome = readonly [DigestReference, { readonly deleted: true } | { readonly error: BayplanError }];

/** How a registry takes a tag away: it can, not the last one (the image would go with it), or not at all. */
export type Untagging = "any" | "not-the-last" | "unsupported";

/** A manifest as an inventory lists it. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly tags: readonly string[];
  /** Absent when the registry does not tell: an unknown date never expires anything. */
  readonly pushedAt?: Instant;
  readonly pulledAt?: Instant;
}

/** What a repository holds, as the vendor's own API lists it. */
export interface RegistryInventory {
  /**
   * `tagged`: manifests without a tag are not in the list, so that what it lacks may still be there, and may need what is
   * listed. Absent: everything is in the list.
   */
  readonly covers?: "tagged";
  /** Whether the registry itself refuses to delete what a tag or an index leads to. Absent: it does not. */
  readonly refusesReferenced?: true;
  list(repository: RepositoryName, options?: CallOptions): AsyncIterable<StoredManifest>;
}

/**
 * What every registry can do. Adapters are plain objects made by `createXxx(options)`; optional members are
 * capabilities: hold the object or do not, never probe by calling.
 *
 * All methods throw BayplanError `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID`
 * or `CANCELLED`, and `NOT_ALLOWED` for a host that is not theirs.
 */
export interface RegistryAdapter {
  /** Names the adapter in reports, for example `ghcr`. */
  readonly id: string;
  /** Exact host names (with port) this instance answers for; never a suffix or pattern. */
  readonly hosts: readonly string[];
  resolve(reference: Reference, options?: CallOptions): Promise<Resolution>;
  /** The exact bytes, verified against their digest, with the media type the registry gave; `undefined` means absent. */
  fetchManifest(reference: Reference, options?: CallOptions): Promise<StoredBytes | undefined>;
  /** Verified while streaming: throws `DIGEST_MISMATCH` before the last chunk if the bytes are not the digest's. */
  fetchBlob(reference: DigestReference, options?: CallOptions): AsyncIterable<Uint8Array>;
  /** Stores a manifest under its digest. Idempotent. */
  putManifest(repository: RepositoryName, manifest: StoredBytes, options?: CallOptions): Promise<void>;
  /** Stores a blob; does nothing if it is there. Throws `DIGEST_MISMATCH` if the content is not the descriptor's. */
  putBlob(
    repository: RepositoryName,
    descriptor: Descriptor,
    content: AsyncIterable<Uint8Array>,
    options?: CallOptions,
  ): Promise<void>;
  /**
   * All tags, lazily, in the registry's own order. A tag that stands on two pages in succession (as when tags are added
   * meanwhile) comes once; one that the registry repeats further apart may come again, since whole listings are not kept
   * in memory. Throws `NOT_FOUND` if there is no such repository, `INCOMPLETE` if it ends early.
   */
  listTags(repository: RepositoryName, options?: CallOptions): AsyncIterable<string>;
  /** Writes the same bytes under a tag. Throws `TAG_MOVED` when something else than `expected` is found before or after. */
  tag(target: DigestReference, tag: string, expected: Expected, options?: CallOptions): Promise<TagReceipt>;
  /**
   * What many references point at, in any order, each as soon as it is known and each once, also where it is given twice.
   * For adapters that need fewer requests, or less time, than one `resolve` each; how many questions are in flight is
   * theirs to decide. A reference that fails is `unknown` with its error, and the others go on. Throws where that is said
   * of the whole: `CANCELLED`, and `NOT_ALLOWED` before anything is asked. An adapter whose requests are for many at once
   * may throw other codes; nothing is known then of what was not yielded. Who stops iterating stops the questions.
   */
  readonly resolveMany?: (
    references: readonly Reference[],
    options?: CallOptions,
  ) => AsyncIterable<readonly [Reference, BulkResolution]>;
  /** Makes a blob of another repository of this registry appear here without moving bytes; `false` if it would not. */
  readonly mountBlob?: (target: RepositoryName, from: DigestReference, options?: CallOptions) => Promise<boolean>;
  readonly referrers?: { list(subject: DigestReference, options?: CallOptions): AsyncIterable<Descriptor> };
  /** Push times and untagged manifests, which the distribution specification does not expose. */
  readonly inventory?: RegistryInventory;
  readonly deleteManifest?: (
    target: DigestReference,
    expected: DeleteExpectation,
    options?: CallOptions,
  ) => Promise<void>;
  /**
   * Deletes many manifests of one repository, for adapters that look only once whether all are as expected. An outcome for
   * each, in the order given; throws where that is said of the whole, and some may be deleted by then.
   */
  readonly deleteManifests?: (
    repository: RepositoryName,
    orders: readonly DeleteOrder[],
    options?: CallOptions,
  ) => Promise<readonly DeleteOutcome[]>;
  /** What becomes of an image with its last tag. Absent: `any` where there is `untag`, else `unsupported`. */
  readonly untagging?: Untagging;
  readonly untag?: (target: TagReference, expected: Digest, options?: CallOptions) => Promise<void>;
}
