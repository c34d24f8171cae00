import { isTag, whatIsWrongWithTag } from "../oci/tag.ts";
import type { CustomTags } from "./custom-tags.ts";
import type { RuleShape } from "./rule-shape.ts";
import { type ClaimInput, invalidClaim, type TagClaim } from "./tag-claim.ts";
import type { TagRule } from "./tag-rule.ts";

/** What a function that stands for a rule claims. */
export function customClaim(custom: CustomTags, { policy, subject, suffix, variant }: ClaimInput): TagClaim {
  const rule: TagRule = { kind: "custom", name: custom.name || "(unnamed)" };
  const { version, event, image } = subject;
  const said = custom({
    ...(version === undefined ? {} : { version }),
    ...(event === undefined ? {} : { event }),
    ...(image === undefined ? {} : { image }),
    ...(variant === undefined ? {} : { variant }),
  });
  if ("skip" in said) return { rule, suffix, state: "skipped", reason: { code: "custom", text: said.skip } };
  const tag = `${policy.package?.tagPrefix ?? ""}${said.tag}${suffix}`;
  if (!isTag(tag)) return invalidClaim(rule, suffix, tag, whatIsWrongWithTag(tag));
  const common = { body: { kind: "literal", text: said.tag }, prefix: "", line: {}, isUnique: false } as const;
  const shape: RuleShape =
    said.mutability === "immutable"
      ? { ...common, mutability: "immutable" }
      : { ...common, mutability: "moving", order: said.order };
  const reason = { code: "custom", text: said.why } as const;
  return {
    rule,
    suffix,
    state: "claimed",
    tag,
    shape,
    reason,
    isRelease: said.mutability === "moving" && said.order === "version",
  };
}
