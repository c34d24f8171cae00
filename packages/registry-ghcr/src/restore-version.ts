import { BayplanError, type CallOptions, type DigestReference, formatReference } from "@bayplan/core";
import type { Packages } from "./packages.ts";

/**
 * Brings back a version that was deleted within the last 30 days, found by its digest. Does nothing where it is there.
 *
 * @throws BayplanError `NOT_FOUND` where GitHub has no such deleted version (any more), `DENIED`, `CONFLICT`; for a
 * package of a user `DENIED` with a token that is not the owner's.
 * @see https://docs.github.com/rest/packages/packages#restore-package-version-for-an-organization
 */
export async function restoreVersion(target: DigestReference, packages: Packages, call: CallOptions): Promise<void> {
  const active = await packages.all(target, call);
  if (active.some(({ digest }) => digest === target.digest)) return;
  const deleted = (await packages.deleted(target, call)).find(({ digest }) => digest === target.digest);
  if (deleted === undefined) {
    throw new BayplanError(
      "NOT_FOUND",
      `Restoring ${formatReference(target)} failed: it is not among the deleted versions, which GitHub keeps for 30 days.`,
    );
  }
  await packages.restore(target, deleted.id, call);
}
