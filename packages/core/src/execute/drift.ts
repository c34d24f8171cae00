import type { Plan } from "../plan/plan.ts";
import type { Expected } from "../ports/registry.ts";

/**
 * Something that a plan rests on and that is no longer as the plan saw it. `base-moved`: what images are built on, as far
 * as they use it; `tag-moved`: a tag shows neither what it showed nor what the plan puts there; `image-gone`: an image
 * that the plan names by its digest is not there any more.
 */
export interface Drift {
  readonly kind: "base-moved" | "tag-moved" | "image-gone";
  readonly reference: string;
  readonly planned: Expected;
  readonly found: Expected;
  /** Ids of the steps that rest on it. */
  readonly steps: readonly string[];
}

/**
 * What an execution does when the world is no longer as the plan saw it. `abort`: nothing; the result lists what changed.
 * `pinned`: bases that moved do not matter, since builds name them by digest, and a tag that somebody moved fails at its
 * step (`TAG_MOVED`); only an image that is gone ends it. `replan`: carries out the plan that the function makes instead,
 * as long as it takes, but at most three times.
 */
export type DriftPolicy = "abort" | "pinned" | { readonly replan: () => Promise<Plan> };
