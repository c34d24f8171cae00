import { type Judgement, withheld } from "./judgement.ts";
import type { CommitRelation, TagContext } from "./tag-policy.ts";

/** Whether a tag that follows a branch may move: only forward, from an ancestor, and only if that is known. */
export function judgeAncestry(tag: string, context: TagContext): Judgement {
  const fact = relationOf(tag, context);
  switch (fact.state) {
    case "absent":
      return { state: "allowed", reason: { code: "first-of-branch", tag } };
    case "unknown":
      return withheld({ code: "ancestry-unknown", tag, error: fact.error }, { isUnknown: true });
    case "known":
      if (fact.relation === "ancestor" || fact.relation === "same")
        return { state: "allowed", reason: { code: "ancestor", tag, commit: fact.commit, relation: fact.relation } };
      return withheld({ code: "not-ancestor", tag, commit: fact.commit, relation: fact.relation });
  }
}

/** What is said of the tag, and otherwise what a complete listing or the registry says of its absence. */
function relationOf(tag: string, { ancestry = {}, known, shown = {} }: TagContext): CommitRelation {
  const fact = Object.hasOwn(ancestry, tag) ? ancestry[tag] : undefined;
  const isListed = known.state === "complete" && known.tags.includes(tag);
  const seen = Object.hasOwn(shown, tag) ? shown[tag] : undefined;
  const isThere = isListed || seen?.state === "present";
  if (fact !== undefined && !(fact.state === "absent" && isThere)) return fact;
  if (isThere) return { state: "unknown", error: "INCOMPLETE" };
  const isAbsent = known.state === "complete" || seen?.state === "absent";
  return isAbsent ? { state: "absent" } : { state: "unknown", error: "INCOMPLETE" };
}
