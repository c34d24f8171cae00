import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { NodeSelection } from "./node-selection.ts";

/** Images that are built although nothing asks for it. Who and why stand in the plan. */
export interface ForcedBuild extends NodeSelection {
  readonly by: string;
  readonly why: string;
  /** Only where the exact tag shows this image, so that the order is carried out once. Default: whatever it shows. */
  readonly replacing?: Digest;
}

/** Images that are left as they are: neither built nor tagged. Who and why stand in the plan. */
export interface HeldBuild extends NodeSelection {
  readonly by: string;
  readonly why: string;
  /** Default: until the hold is taken away. */
  readonly until?: Instant;
}

/** What people and policies say about images that nothing else would build or keep from being built. */
export interface BuildOrders {
  readonly force?: readonly ForcedBuild[];
  /** A hold is stronger than everything else. */
  readonly holds?: readonly HeldBuild[];
  /** What an image is whose age is not known, where the definition has `maxAgeDays`. Default `young`: it stays. */
  readonly unknownAge?: "young" | "old";
}
