import { digestOf } from "../oci/digest.ts";

const maxLength = 63;
const suffixLength = 8;

/**
 * A name for every node that other engines accept: lower-case letters, digits and `-`, at most 63 characters. Where two
 * would be the same, or one too long, it ends with a part of the id's digest; so a node's name does not depend on order.
 */
export function nodeSlugs(ids: readonly string[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const id of new Set(ids)) counts.set(plainSlug(id), (counts.get(plainSlug(id)) ?? 0) + 1);
  return new Map(
    ids.map((id) => {
      const slug = plainSlug(id);
      const isUsable = slug !== "" && slug.length <= maxLength && counts.get(slug) === 1;
      return [id, isUsable ? slug : withSuffix(slug, id)];
    }),
  );
}

function plainSlug(id: string): string {
  return id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

function withSuffix(slug: string, id: string): string {
  const hash = digestOf(new TextEncoder().encode(id)).slice("sha256:".length, "sha256:".length + suffixLength);
  const start = slug.slice(0, maxLength - suffixLength - 1).replace(/-+$/, "");
  return start === "" ? `n-${hash}` : `${start}-${hash}`;
}
