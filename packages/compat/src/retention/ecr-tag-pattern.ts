import type { EcrRule } from "./ecr-lifecycle-schema.ts";
import type { TextTest } from "./js-pattern.ts";

/** Whether an image meets the tag requirements of a rule: each entry of its list must fit some tag of the image. */
export function tagRequirementOf({ selection }: EcrRule): (tags: readonly string[]) => boolean {
  if (selection.tagStatus === "any") return () => true;
  if (selection.tagStatus === "untagged") return (tags) => tags.length === 0;
  const tests = [
    ...(selection.tagPatternList ?? []).map(wildcardTest),
    ...(selection.tagPrefixList ?? []).map(
      (prefix): TextTest =>
        (tag) =>
          tag.startsWith(prefix),
    ),
  ];
  return (tags) => tests.every((test) => tags.some(test));
}

/** `*` stands for any letters, none included; the pattern describes the whole tag. */
export function wildcardTest(pattern: string): TextTest {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return (tag) => tag === pattern;
  return (tag) => {
    if (!tag.startsWith(first) || !tag.endsWith(last)) return false;
    let from = first.length;
    for (const part of others) {
      const found = tag.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return from <= tag.length - last.length;
  };
}
