import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { Run } from "../ports/ci.ts";
import type { TagReceipt } from "../ports/registry.ts";
import type { RemovalRefusal } from "../removal-refusal.ts";

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
      /** Of a removal, with `digest`, what a restore needs. */
      readonly removed?: { readonly tags: readonly string[] };
    }
  | { readonly step: string; readonly state: "failed"; readonly code: string; readonly message: string }
  /** Of a removal: something forbids it, so nothing was changed. Not a failure: what is there stays. */
  | { readonly step: string; readonly state: "refused"; readonly reason: RemovalRefusal; readonly message: string }
  /**
   * `because` is the step that failed, was refused or waits for its next attempt; `cancelled`; `stale`: the world is not
   * as the plan saw it; or `backing-off`: this build failed before and is not tried again before `until`.
   */
  | { readonly step: string; readonly state: "skipped"; readonly because: string; readonly until?: Instant };

/** The outcomes so far, by step. */
export type Outcomes = ReadonlyMap<string, StepOutcome>;

/** Whether what a step is for is there. */
export function isDone(outcome: StepOutcome): outcome is Extract<StepOutcome, { state: "done" | "already-done" }> {
  return outcome.state === "done" || outcome.state === "already-done";
}
