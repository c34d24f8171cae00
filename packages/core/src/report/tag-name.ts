import { formatReference, tagReference } from "../oci/reference.ts";
import type { PlannedNode, TagStep } from "../plan/plan.ts";

/** The tag that a step writes; in a copy, whose steps are called after it, with its repository. */
export function tagName({ id, repository, tag }: TagStep): string {
  const reference = formatReference(tagReference(repository, tag));
  return id.endsWith(`:${reference}`) ? reference : tag;
}

/** A tag that is withheld, or its rule; of a copy with its repository. */
export function withheldName({ tag, rule, repository }: PlannedNode["withheld"][number]): string {
  return repository === undefined ? (tag ?? rule) : `${repository}:${tag ?? rule}`;
}
