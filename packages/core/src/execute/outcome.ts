import type { Digest } from "../oci/digest.ts";
import type { Run } from "../ports/ci.ts";
import type { TagReceipt } from "../ports/registry.ts";

/** How a step ended. `already-done`: what it was for was there before. */
export type StepOutcome =
  | {
      readonly step: string;
      readonly state: "done" | "already-done";
      /** The image: found by a wait, verified, or tagged. */
      readonly digest?: Digest;
      /** Of a verified image, the manifest of each platform. */
      readonly platforms?: Readonly<Record<string, Digest>>;
      /** Of a build, the key it was started with. */
      readonly key?: Digest;
      /** Of a build, the run that was started or adopted. */
      readonly run?: Run;
      /** Of a tag, how it was written. */
      readonly receipt?: TagReceipt;
    }
  | { readonly step: string; readonly state: "failed"; readonly code: string; readonly message: string }
  /** Of a removal: something forbids it, so nothing was changed. Not a failure: what is there stays. */
  | { readonly step: string; readonly state: "refused"; readonly reason: RemovalRefusal; readonly message: string }
  /** `because` is the step that failed or was refused, `cancelled`, or `stale`. */
  | { readonly step: string; readonly state: "skipped"; readonly because: string };

/** Why a tag or a manifest was not removed after all. */
export type RemovalRefusal =
  | "tagged-since-plan"
  | "tag-moved-since-plan"
  | "referenced-since-plan"
  | "changed-since-plan"
  | "last-tagged-version"
  | "untag-would-delete"
  | "untag-unsupported"
  | "delete-unsupported"
  | "registry-refused"
  | "parent-kept"
  | "dummy-version-not-visible"
  | "rate-limited";

/** The outcomes so far, by step. */
export type Outcomes = ReadonlyMap<string, StepOutcome>;
