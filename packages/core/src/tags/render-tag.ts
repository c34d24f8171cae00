import { BayplanError } from "../errors.ts";
import { parseTag } from "../oci/tag.ts";
import type { Version } from "../version/version-scheme.ts";
import { renderTemplate } from "./render-template.ts";
import type { TagRule } from "./tag-rule.ts";

/**
 * The tag a rule gives a version; `undefined` when the rule needs parts the version does not have.
 *
 * @throws BayplanError `INVALID_TAG`, naming the rule, when the result is not a legal tag.
 */
export function renderTag(rule: TagRule, raw: string, version: Version | undefined): string | undefined {
  const rendered = renderTagText(rule, raw, version);
  return rendered === undefined ? undefined : checkTag(rendered, rule);
}

/** The same, whether the result is a legal tag or not. */
export function renderTagText(rule: TagRule, raw: string, version: Version | undefined): string | undefined {
  const [major, minor, patch] = version?.release ?? [];
  return renderTemplate(rule.template, {
    version: raw,
    major: major?.toString(),
    minor: minor?.toString(),
    patch: patch?.toString(),
    variant: version?.variant,
  });
}

function checkTag(tag: string, rule: TagRule): string {
  try {
    return parseTag(tag);
  } catch (cause) {
    const message = `The ${rule.kind} tag rule "${rule.template}" gives an illegal tag. ${(cause as Error).message}`;
    throw new BayplanError("INVALID_TAG", message, { cause });
  }
}
