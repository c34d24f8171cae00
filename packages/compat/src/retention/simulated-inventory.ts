import type { Instant, RetentionInventory, RetentionManifest } from "@bayplan/core";

/** A manifest with what only its own registry knows of it. All of it is optional: what a simulation lacks, it assumes absent. */
export interface SimulatedManifest extends RetentionManifest {
  /** Harbor: the names of the labels on the artifact. */
  readonly harborLabels?: readonly string[];
  /** ECR. Default `standard`. */
  readonly storageClass?: "standard" | "archive";
  /** ECR: when it was archived. Absent: it does not expire from the archive. */
  readonly archivedAt?: Instant;
  /** ECR: when it was last restored from the archive. */
  readonly lastActivatedAt?: Instant;
  /** zot: whether its database has push and pull times of this manifest. Default true. */
  readonly hasStatistics?: boolean;
}

/** What a simulation runs on. Every {@link RetentionInventory} is one; its order counts as the order of the listing. */
export interface SimulatedInventory extends RetentionInventory {
  readonly manifests: readonly SimulatedManifest[];
}
