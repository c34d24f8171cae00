import type { Reason } from "../reason.ts";
import { shortDigest } from "./short-digest.ts";

/** The reasons that gates give. */
export type GateReason = Extract<
  Reason,
  {
    readonly code:
      | ("nothing-to-compare" | "same-image" | "image-differs" | "platforms-match" | "platforms-differ")
      | ("labels-match" | "label-differs" | "referrer-found" | "referrer-missing");
  }
>;

/** One sentence, without a full stop, that tells a person why a gate lets an image pass or not. */
export function explainGate(reason: GateReason): string {
  switch (reason.code) {
    case "nothing-to-compare":
      return `it could not be judged: ${reason.what}`;
    case "same-image":
      return `${reason.reference} is the same image at the level ${reason.level}`;
    case "image-differs":
      return `it is another image (${shortDigest(reason.left)}, not ${shortDigest(reason.right)}) at the level ${reason.level}`;
    case "platforms-match":
      return `it is built for ${reason.found.join(", ")}`;
    case "platforms-differ": {
      const lacks = reason.missing.length === 0 ? [] : [`lacks ${reason.missing.join(", ")}`];
      const extra = reason.unexpected.length === 0 ? [] : [`is also built for ${reason.unexpected.join(", ")}`];
      return `it ${[...lacks, ...extra].join(" and ")}`;
    }
    case "labels-match":
      return `it carries ${reason.labels.join(", ")} as expected`;
    case "label-differs": {
      const found = reason.found === undefined ? "is missing" : `is "${reason.found}"`;
      return `the label ${reason.label} ${found} for ${reason.platform}, not "${reason.expected}"`;
    }
    case "referrer-found":
      return `something of the type ${reason.artifactType} refers to it (${shortDigest(reason.digest)})`;
    case "referrer-missing":
      return `nothing of the type ${reason.artifactType} refers to it`;
  }
}
