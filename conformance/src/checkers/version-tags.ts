import { assignTags, createVersionScheme, type TagRule } from "@bayplan/core";
import { z } from "zod";

const names = ["exact", "full", "patch", "minor", "major", "latest"] as const;
const Name = z.enum(names);
const Input = z.strictObject({
  version: z.string(),
  variant: z.string().nullish(),
  policy: z.union([z.array(Name), z.partialRecord(Name, z.boolean())]).nullish(),
});

/** The tags of a version, as a policy names their levels; nothing is published yet. */
export function checkTagsFor(input: unknown): unknown {
  const { version, variant, policy } = Input.parse(input);
  const levels = Array.isArray(policy) ? policy : names.filter((name) => policy?.[name] === true);
  const wanted = policy === null || policy === undefined ? (["exact", "minor", "major", "latest"] as const) : levels;
  const end = suffixOf(variant ?? "");
  const { tags } = assignTags(
    { rules: wanted.map((level) => ruleOf(level, end)), scheme: createVersionScheme("docker") },
    { repository: "image", version, known: { state: "complete", tags: [] } },
  );
  return tags.map(({ tag }) => tag);
}

/** One letter touches the number, as CPython writes it; a word is separated. */
function suffixOf(variant: string): string {
  return variant === "" || /^td?$/.test(variant) ? variant : `-${variant.replace(/^-/, "")}`;
}

function ruleOf(level: z.infer<typeof Name>, end: string): TagRule {
  switch (level) {
    case "minor":
      return { kind: "alias", template: `{major}.{minor}${end}` };
    case "major":
      return { kind: "alias", template: `{major}${end}` };
    case "latest":
      return { kind: "alias", template: end === "" || end.startsWith("-") ? `latest${end}` : `latest-${end}` };
    default:
      return { kind: "exact", template: `{version}${end}` };
  }
}
