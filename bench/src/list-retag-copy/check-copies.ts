import { type Digest, digestReference, tagReference } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";

/** How many referrers came along with all copies together. Rejects when a copy is not the original. */
export async function checkCopies(
  host: string,
  copies: { readonly digest: Digest; readonly items: readonly (readonly string[])[] },
): Promise<number> {
  const registry = createOciRegistry({ hosts: [host] });
  let referrers = 0;
  for (const [, , repository = "", tag = ""] of copies.items) {
    const target = { registry: host, repository };
    const found = await registry.resolve(tagReference(target, tag));
    if (found.state !== "present" || found.descriptor.digest !== copies.digest) {
      throw new Error(`${repository}:${tag} is not the original`);
    }
    for await (const _ of registry.referrers.list(digestReference(target, copies.digest))) referrers += 1;
  }
  await registry.close();
  return referrers;
}
