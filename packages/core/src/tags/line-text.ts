import type { Version } from "../version/version-scheme.ts";
import { renderTemplate, templateNames } from "./render-template.ts";
import { subjectValue } from "./subject-value.ts";
import type { ClaimedTag } from "./tag-claim.ts";
import type { TagPolicy } from "./tag-policy.ts";
import type { TagSubject } from "./tag-values.ts";

/** The text that makes versions one line for a rule: its line, or what it gives; `undefined` for no version of it. */
export function lineText(
  { rule, shape }: ClaimedTag,
  version: Version,
  { policy, subject }: { readonly policy: TagPolicy; readonly subject: TagSubject },
): string | undefined {
  const template = shape.line.line ?? (shape.body.kind === "literal" ? "" : shape.body.text);
  const whole = `${shape.prefix}${template}${rule.suffix ?? ""}`;
  const of = { ...subject, raw: version.raw, version };
  return renderTemplate(
    whole,
    Object.fromEntries(templateNames(whole).map((name) => [name, subjectValue(name, policy, of)])),
  );
}
