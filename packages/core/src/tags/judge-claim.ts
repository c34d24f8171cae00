import { judgeAncestry } from "./judge-ancestry.ts";
import { judgeImmutable } from "./judge-immutable.ts";
import { type JudgeInput, judgeVersion } from "./judge-version.ts";
import { type Judgement, withheld } from "./judgement.ts";
import type { ClaimedTag } from "./tag-claim.ts";
import { interventionFor } from "./tag-intervention.ts";
import type { TagSubject } from "./tag-values.ts";

/** Decides one claimed tag: by its order, or by what it shows if it never moves; people may hold or force it. */
export function judgeClaim(claim: ClaimedTag, input: JudgeInput): Judgement {
  const { context, subject } = input;
  const { tag, shape } = claim;
  const { event, raw } = subject;
  if (claim.isRelease && isOtherCommit(subject)) {
    const { ref = "", sha = "", refCommit = "" } = event ?? {};
    return withheld({ code: "commit-mismatch", ref, commit: sha, expected: refCommit });
  }
  const built = [raw, event?.sha];
  const intervention = interventionFor(tag, context.interventions ?? [], { built, now: context.now });
  const isMoving = shape.mutability === "moving";
  if (intervention?.kind === "hold" || (intervention?.kind === "freeze" && isMoving)) {
    const { by, why, until } = intervention;
    return withheld({ code: "tag-held", tag, by, why, ...(until === undefined ? {} : { until }) });
  }
  if (!isMoving) return judgeImmutable(claim, context);
  const judged = judgeOrder(claim, input);
  // What no order decides, a pre-release above all, nobody can force.
  if (intervention?.kind !== "force" || judged.state === "allowed" || !judged.isVeto) return judged;
  const { by, why, to } = intervention;
  return { state: "allowed", reason: { code: "tag-forced", tag, by, why, to } };
}

/** A Git tag that points elsewhere than to what is built would name the wrong commit for ever. */
function isOtherCommit({ event }: TagSubject): boolean {
  if (event?.ref?.startsWith("refs/tags/") !== true || event.refCommit === undefined) return false;
  return event.refCommit.toLowerCase() !== event.sha?.toLowerCase();
}

function judgeOrder(claim: ClaimedTag, input: JudgeInput): Judgement {
  switch (claim.shape.order) {
    case "version":
      return judgeVersion(claim, input);
    case "ancestry":
      return judgeAncestry(claim.tag, input.context);
    default:
      return { state: "allowed", reason: { code: "unordered", tag: claim.tag } };
  }
}
