import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { StoredManifest, Untagging } from "../ports/registry.ts";

/** What a manifest points at. What could not be read is never taken for "nothing". */
export type ManifestLinks =
  | {
      readonly state: "read";
      /** The manifests that an index lists. Empty for an image. */
      readonly children: readonly Digest[];
      /** What it is attached to, as a signature is to its image. */
      readonly subject?: Digest;
    }
  | { readonly state: "unreadable"; readonly error: string };

/** A manifest with what retention has to know of it. */
export interface RetentionManifest extends StoredManifest {
  readonly links: ManifestLinks;
  /**
   * Labels of the configuration, annotations of an index; for `expire-label` only. Absent: nobody looked, so no label
   * expires it.
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a repository holds, as it was read. */
export interface RetentionInventory {
  readonly manifests: readonly RetentionManifest[];
  /** Which one it is, for the plan. */
  readonly repository?: RepositoryName;
  /** Why the list may lack something; nothing is deleted then. Absent: it was read to its end. */
  readonly incomplete?: { readonly error: string };
  /** `tagged`: manifests without a tag are not in the list and may need what is. Absent: everything is in the list. */
  readonly covers?: "tagged";
  /** Whether the registry itself refuses to delete what anything else leads to, as Docker Hub does. Default false. */
  readonly refusesReferenced?: boolean;
  /** Default `any`. */
  readonly untagging?: Untagging;
}
