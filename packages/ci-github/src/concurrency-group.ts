import { createHash } from "node:crypto";
import { BayplanError } from "@bayplan/core";

const maxSlug = 80;

/**
 * The name of a concurrency group for jobs that write the same things: tags, digests' repositories, caches. Jobs that
 * write something else never wait for each other, whatever workflow they are in. GitHub does not look at upper and lower case and one
 * name counts in the whole Git repository, so the name is lower case and carries a hash of everything written.
 *
 * Never combine it with `cancel-in-progress: true` for a job that moves tags; `queue: max` keeps up to 100 waiting.
 *
 * @param writes - For example `["ghcr.io/octo-org/app:latest"]`; order and repetitions do not matter.
 * @throws BayplanError `INVALID_INPUT` when nothing is written: such a job needs no group.
 */
export function concurrencyGroup(writes: readonly string[]): string {
  const [first, ...others] = [...new Set(writes.map((write) => write.trim().toLowerCase()))].sort();
  if (first === undefined || first === "") {
    throw new BayplanError(
      "INVALID_INPUT",
      "A concurrency group is named after what is written: name at least one tag or cache.",
    );
  }
  const all = [first, ...others];
  const hash = createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 12);
  const slug = first
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, maxSlug);
  return `write-${slug}${others.length === 0 ? "" : `-and-${others.length}`}-${hash}`;
}
