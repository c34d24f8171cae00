import type { Reason } from "../reason.ts";
import { shortDigest } from "./short-digest.ts";

/** A reason that people or policies gave: what they ordered, held, promoted or rolled back. */
export type OrderReason = Extract<
  Reason,
  {
    readonly code:
      | "forced"
      | "held"
      | "too-old"
      | "age-unknown"
      | "release-kept"
      | "release-replaced"
      | "promotion"
      | "group-held"
      | "gate"
      | "rolled-back"
      | "nothing-before"
      | "moved-since";
  }
>;

/** One sentence, without a full stop, about an order. */
export function explainOrder(reason: OrderReason): string {
  switch (reason.code) {
    case "forced":
      return `${reason.by} wants it built: ${reason.why}`;
    case "held":
      return `${reason.by} holds it${reason.until === undefined ? "" : ` until ${reason.until}`}: ${reason.why}`;
    case "too-old":
      return `${reason.reference} is ${reason.ageDays} days old, and ${reason.maxAgeDays} are the limit`;
    case "age-unknown":
      return `how old ${reason.reference} is is not known, and that counts as more than ${reason.maxAgeDays} days`;
    case "release-kept":
      return `${reason.reference} names one image for ever (rebuilds: "keep"), so it is not built again`;
    case "release-replaced":
      return `${reason.reference} shows ${shortDigest(reason.from)} until the new build takes its place`;
    case "promotion":
      return `${shortDigest(reason.digest)} was tested and is promoted`;
    case "group-held":
      return `nothing of the group moves, because of ${reason.because}`;
    case "gate":
      return `no tag of ${reason.group} is written before all of it is ready`;
    case "rolled-back":
      return `${reason.reference} goes back from ${shortDigest(reason.from)} to ${shortDigest(reason.to)}, which it showed before`;
    case "nothing-before":
      return `${reason.reference} did not exist before, and a rollback deletes nothing`;
    case "moved-since":
      return `${reason.reference} shows ${shortDigest(reason.found)} and no longer ${shortDigest(reason.ours)}: somebody moved it since`;
  }
}
