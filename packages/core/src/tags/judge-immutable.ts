import { type Judgement, withheld } from "./judgement.ts";
import type { ClaimedTag } from "./tag-claim.ts";
import type { TagContext } from "./tag-policy.ts";

/**
 * Whether a tag that never moves may be written: it is absent, or shows the very image already. One that shows another
 * image is kept, and so is one that shows something while what it would show is not known.
 */
export function judgeImmutable(claim: ClaimedTag, context: TagContext): Judgement {
  const { tag } = claim;
  const { shown = {}, target } = context;
  const reference = `${context.repository}:${tag}`;
  const fact = Object.hasOwn(shown, tag) ? shown[tag] : undefined;
  // Not asked: whoever writes the tag looks first, and refuses to overwrite another image.
  if (fact === undefined || fact.state === "absent") return { state: "allowed", reason: claim.reason };
  if (fact.state !== "present") {
    const { error, message } =
      fact.state === "unknown"
        ? { error: fact.error, message: fact.message ?? "It was not learnt what it shows." }
        : { error: "DENIED", message: "The registry does not say whether it exists." };
    return withheld({ code: "registry-unknown", reference, error, message }, { isUnknown: true });
  }
  if (fact.digest === target) return { state: "allowed", reason: { code: "up-to-date", digest: target, reference } };
  if (target === undefined) return withheld({ code: "up-to-date", digest: fact.digest, reference });
  return withheld({ code: "immutable-conflict", found: fact.digest, reference, wanted: target });
}
