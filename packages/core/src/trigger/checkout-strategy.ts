import { BayplanError } from "../errors.ts";
import type { ClassifiedRef } from "./classify-ref.ts";

/** How to bring a clone to a ref, as data for whoever runs Git. Every failure of a step must end the checkout. */
export interface CheckoutStrategy {
  readonly kind: "sha" | "tag" | "branch";
  /** What to hand to `git fetch <remote>`. */
  readonly fetch: string;
  /** What to hand to `git checkout`. */
  readonly checkout: string;
  /** Whether with `--detach`. */
  readonly detach: boolean;
  /** Where to reset the branch to afterwards; `undefined`: never reset, what was checked out cannot have moved. */
  readonly resetTo: string | undefined;
  /** The commit that must be checked out in the end; `undefined` where the answer did not say it. */
  readonly commit: string | undefined;
}

/** How a checkout is described. */
export interface CheckoutOptions {
  /** Name of the remote. Default `origin`. */
  readonly remote?: string;
}

/**
 * The checkout for a classified ref. Branches follow their remote; tags and commits are checked out detached and are
 * never reset.
 *
 * @throws BayplanError `NOT_FOUND` for an unknown ref, `INCOMPLETE` when the listing was, `INVALID_INPUT` for an ambiguous one.
 */
export function checkoutStrategy(ref: ClassifiedRef, options: CheckoutOptions = {}): CheckoutStrategy {
  const { remote = "origin" } = options;
  switch (ref.kind) {
    case "branch": {
      const tracking = `refs/remotes/${remote}/${ref.name}`;
      const fetch = `+refs/heads/${ref.name}:${tracking}`;
      return { kind: "branch", fetch, checkout: ref.name, detach: false, resetTo: tracking, commit: ref.commit };
    }
    case "tag": {
      const tag = `refs/tags/${ref.name}`;
      return {
        kind: "tag",
        fetch: `+${tag}:${tag}`,
        checkout: tag,
        detach: true,
        resetTo: undefined,
        commit: ref.commit,
      };
    }
    case "sha": {
      // A server gives a commit only by its whole name; an abbreviation must be in the clone already.
      const target = ref.commit ?? ref.abbreviated ?? "";
      return { kind: "sha", fetch: target, checkout: target, detach: true, resetTo: undefined, commit: ref.commit };
    }
    case "ambiguous":
      throw new BayplanError(
        "INVALID_INPUT",
        `The ref is ambiguous: ${ref.candidates.join(", ").slice(0, 500)}. Write one of them in full.`,
      );
    case "unknown":
      throw ref.because === "listing-incomplete"
        ? new BayplanError(
            "INCOMPLETE",
            "The refs were not listed completely, so the ref cannot be told. List them all.",
          )
        : new BayplanError("NOT_FOUND", "The ref is neither a branch, a tag nor a commit of the Git repository.");
  }
}
