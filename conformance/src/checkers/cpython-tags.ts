import { assignTags, createVersionScheme, parseRepository, type TagRule } from "@bayplan/core";
import { z } from "zod";

const rules: readonly TagRule[] = [
  { kind: "exact", template: "{version}" },
  { kind: "alias", template: "{major}.{minor}{variant}" },
];
const policy = { rules, scheme: createVersionScheme("cpython-tag") };
const TagsInput = z.object({ image: z.string(), version: z.string() });
const AliasInput = z.object({ building: z.string(), published: z.array(z.string()) });

/** The tags of one version of one image while nothing else is published. */
export function checkCpythonTags(input: unknown): unknown {
  const { image, version } = TagsInput.parse(input);
  const { repository } = parseRepository(image);
  const { tags } = assignTags(policy, { repository, version, known: { state: "complete", tags: [] } });
  return { tags: tags.map(({ tag }) => `${image}:${tag}`) };
}

/** The tags of a version that is built while others are published. */
export function checkCpythonAlias(input: unknown): unknown {
  const { building, published } = AliasInput.parse(input);
  const known = { state: "complete", tags: published } as const;
  const { tags } = assignTags(policy, { repository: "nascheme/cpython-tsan", version: building, known });
  // Every moving tag that is assigned says that nothing higher is published.
  const isProven = tags.every(
    ({ mutability, reasons }) => mutability === "immutable" || reasons[0].code === "highest-in-line",
  );
  return { tags: tags.map(({ tag }) => tag), alias_moves_backwards: !isProven };
}
