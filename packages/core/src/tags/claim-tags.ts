import type { Reason } from "../reason.ts";
import { customClaim } from "./custom-claim.ts";
import type { CustomTags } from "./custom-tags.ts";
import { ruleShape } from "./rule-shape.ts";
import { shapedClaim } from "./shaped-claim.ts";
import type { ClaimContext, ClaimInput, TagClaim } from "./tag-claim.ts";
import { unmetCondition } from "./tag-condition.ts";
import { readRef } from "./tag-event.ts";
import { type TagPolicy, variantForms } from "./tag-policy.ts";
import type { TagRule } from "./tag-rule.ts";
import type { TagSubject } from "./tag-values.ts";

/** Everything the rules claim, and the version they were read with. */
export interface TagClaims {
  readonly claims: readonly TagClaim[];
  readonly subject: TagSubject;
}

/**
 * What every rule means for this version, event and image, in the order of the rules; whether it may be written is not
 * decided yet.
 *
 * @throws BayplanError `INVALID_INPUT` for a variant the policy does not know and for rules that can never work.
 */
export function claimTags(policy: TagPolicy, context: ClaimContext): TagClaims {
  const { variant, suffixes } = variantForms(policy, context.variant);
  const subject = subjectOf(policy, context);
  const claims = policy.rules.flatMap((rule) =>
    suffixes.map((suffix) =>
      claim(rule, { policy, subject, suffix, variant: variant?.name, trigger: context.trigger }),
    ),
  );
  return { claims, subject };
}

/** The version: what the caller says, otherwise the Git tag of this package where it is one. */
function subjectOf(policy: TagPolicy, context: ClaimContext): TagSubject {
  const { event, image } = context;
  const raw = context.version ?? versionOfGitTag(policy, context);
  const version = raw === undefined ? undefined : policy.scheme.parse(raw);
  return {
    ...(raw === undefined ? {} : { raw }),
    ...(version === undefined ? {} : { version }),
    ...(event === undefined ? {} : { event }),
    ...(image === undefined ? {} : { image }),
    ...(policy.package === undefined ? {} : { package: policy.package.name }),
  };
}

function versionOfGitTag(policy: TagPolicy, { event }: ClaimContext): string | undefined {
  const ref = event?.ref === undefined ? undefined : readRef(event.ref);
  const prefix = policy.package?.gitTagPrefix ?? "";
  if (ref?.kind !== "tag" || !ref.name.startsWith(prefix)) return undefined;
  const text = ref.name.slice(prefix.length);
  return policy.scheme.parse(text) === undefined ? undefined : text;
}

function claim(given: TagRule | CustomTags, input: ClaimInput): TagClaim {
  const { policy, subject, suffix } = input;
  if (typeof given === "function") return customClaim(given, input);
  const rule = given;
  const isStable = subject.version === undefined ? undefined : policy.scheme.isStable(subject.version);
  const unmet =
    notFor("image", rule.images, subject.image) ??
    notFor("variant", rule.variants, input.variant) ??
    notTriggered(rule, input) ??
    unmetCondition(rule.when, {
      event: subject.event,
      isPrerelease: isStable === undefined ? undefined : !isStable,
    }) ??
    ofAnotherPackage(policy, subject);
  if (unmet !== undefined) return { rule, suffix, state: "skipped", reason: unmet };
  if (rule.kind === "custom")
    return { rule, suffix, state: "skipped", reason: { code: "value-missing", name: rule.name } };
  const { shape, reason } = ruleShape(rule, subject.event, subject.raw);
  if (shape === undefined) return { rule, suffix, state: "skipped", reason };
  return shapedClaim(rule, shape, input);
}

function notFor(
  condition: string,
  wanted: readonly string[] | undefined,
  found: string | undefined,
): Reason | undefined {
  if (wanted === undefined || (found !== undefined && wanted.includes(found))) return undefined;
  return { code: "condition-not-met", condition, wanted: wanted.join(", "), ...(found === undefined ? {} : { found }) };
}

function notTriggered({ name }: TagRule, { trigger }: ClaimInput): Reason | undefined {
  if (name === undefined || trigger?.tags === undefined || trigger.tags.includes(name)) return undefined;
  return { code: "condition-not-met", condition: "trigger", wanted: name, found: trigger.tags.join(", ") };
}

function ofAnotherPackage(policy: TagPolicy, { event, raw }: TagSubject): Reason | undefined {
  const ref = event?.ref === undefined ? undefined : readRef(event.ref);
  const prefix = policy.package?.gitTagPrefix ?? "";
  if (ref?.kind !== "tag" || ref.name.startsWith(prefix) || raw !== undefined) return undefined;
  return { code: "condition-not-met", condition: "package", wanted: prefix, found: ref.name };
}
