import type { Descriptor } from "../oci/descriptor.ts";
import type { Reasons } from "../reason.ts";
import type { ComparisonLevel } from "./comparison.ts";
import type { ImageFacts } from "./image-facts.ts";

/** A condition that an image must meet before a tag moves to it. Data, but for `custom`. */
export type Gate =
  /** It is the image whose digest another job handed over, as a file or an output; surrounding white space is ignored. */
  | { readonly kind: "digest"; readonly expected: string | undefined }
  /** It is the same as the other image (`facts.other`) at every one of these levels. */
  | { readonly kind: "same-image"; readonly levels: readonly [ComparisonLevel, ...ComparisonLevel[]] }
  | { readonly kind: "platforms"; readonly expected: readonly string[]; readonly mode: "exact" | "contains" }
  /** Every platform carries these labels with these values. */
  | { readonly kind: "labels"; readonly expected: Readonly<Record<string, string>> }
  /** Something of this artifact type refers to it: a scan, a signature, an SBOM. Only that it is there, not what it says. */
  | { readonly kind: "referrer"; readonly artifactType: string }
  /** Anything else. What it throws makes the gate fail. */
  | { readonly kind: "custom"; readonly name: string; readonly judge: (facts: GateFacts) => boolean };

/** What gates look at. What is absent was not learnt, or is not there: no gate passes because of it. */
export interface GateFacts {
  /** The image that is to be released. */
  readonly image?: ImageFacts;
  /** The image it is compared with: the one that was tested, or the one another tag names. */
  readonly other?: ImageFacts;
  /** Everything that refers to the image, listed to the end. */
  readonly referrers?: readonly Descriptor[];
}

/** Whether a gate lets an image through, and why. */
export interface GateVerdict {
  readonly gate: Gate["kind"];
  readonly passes: boolean;
  readonly reasons: Reasons;
}
