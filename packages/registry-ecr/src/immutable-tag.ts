/** Whether tags of a repository may be written twice, and for which tags the opposite holds. */
export interface EcrTagMutability {
  /** `MUTABLE`, `IMMUTABLE`, or one of the two with exclusions. Anything else is taken for immutable. */
  readonly setting: "MUTABLE" | "IMMUTABLE" | "MUTABLE_WITH_EXCLUSION" | "IMMUTABLE_WITH_EXCLUSION" | (string & {});
  /** Up to 5 patterns of up to 128 characters in which `*`, at most twice, stands for any text. Default none. */
  readonly exclusionFilters?: readonly string[];
}

/**
 * Whether a tag, once it exists in such a repository, cannot be moved. Tells before a plan is executed what Amazon ECR
 * would refuse; the tag's first write is always allowed.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
export function isImmutableEcrTag({ setting, exclusionFilters = [] }: EcrTagMutability, tag: string): boolean {
  const isExcluded = setting.endsWith("_WITH_EXCLUSION") && exclusionFilters.some((filter) => matches(filter, tag));
  return setting === "MUTABLE" || setting === "MUTABLE_WITH_EXCLUSION" ? isExcluded : !isExcluded;
}

// Piece by piece, not as an expression: a filter of many wildcards must not take time that grows with a power of them.
function matches(filter: string, tag: string): boolean {
  const [first = "", ...rest] = filter.split("*");
  const last = rest.pop();
  if (last === undefined) return tag === first;
  if (!tag.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = tag.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return tag.length - last.length >= from && tag.endsWith(last);
}
