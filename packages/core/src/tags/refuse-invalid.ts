import { BayplanError } from "../errors.ts";
import type { TagClaim } from "./tag-claim.ts";
import type { TagPolicy } from "./tag-policy.ts";
import { ruleText } from "./tag-rule.ts";

/**
 * Refuses claims to tags that cannot be, unless the policy wants them reported.
 *
 * @throws BayplanError `INVALID_TAG`, naming the first such rule.
 */
export function refuseInvalid(claims: readonly TagClaim[], policy: Pick<TagPolicy, "onInvalid">): void {
  const found = claims.find((claim) => claim.state === "invalid");
  if (found?.reason.code !== "illegal-tag" || policy.onInvalid === "report") return;
  const { rule, reason } = found;
  const message = `The ${rule.kind} tag rule "${ruleText(rule)}" gives the illegal tag "${reason.text}": ${reason.why}`;
  throw new BayplanError("INVALID_TAG", message);
}
