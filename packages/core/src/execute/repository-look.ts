import { BayplanError } from "../errors.ts";
import { type Instant, instantToMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import { digestReference, formatReference, type RepositoryName } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { RegistryAdapter, StoredManifest } from "../ports/registry.ts";
import type { ManifestLinks } from "../retention/inventory.ts";
import { manifestLinks } from "../retention/manifest-links.ts";
import { subjectOfTag } from "../retention/referrer-tag.ts";

/** A repository as it is listed now, with what has come to it since the plan was made. */
export interface RepositoryLook {
  readonly takenMs: number;
  /** Whether manifests without a tag are listed, too. */
  readonly isWhole: boolean;
  has(digest: Digest): boolean;
  /** The tags of a manifest; none for one that is not listed. */
  tagsOf(digest: Digest): readonly string[];
  /** What a tag shows; `undefined` where it is not listed. */
  digestAt(tag: string): Digest | undefined;
  /** Indexes that are new and contain it. */
  newParentsOf(digest: Digest): readonly Digest[];
  /** What is new and attached to it. */
  newReferrersOf(digest: Digest): readonly Digest[];
  /** Notes what was done since. */
  forget(removed: { readonly digest: Digest } | { readonly tag: string }): void;
}

/** What a look is taken with. */
export interface LookSource {
  readonly repository: RepositoryName;
  readonly registry: RegistryAdapter;
  /** What was pushed less than a day before counts as new, too: the plan's own list is older than the plan. */
  readonly plannedAt: Instant;
  /** Manifests that the plan removes: what they lead to is known to it. */
  readonly planned: ReadonlySet<Digest>;
  /** Links that were read before; more are added. What a digest names never changes. */
  readonly links: Map<Digest, ManifestLinks>;
}

const marginMs = 24 * 3600 * 1000;
const readersAtOnce = 16;

/**
 * Lists the whole repository, then reads what has come to it lately. `undefined` where the registry has no inventory:
 * its adapter looks at each manifest by itself.
 *
 * @throws BayplanError `INCOMPLETE` when something new cannot be read; whatever the listing fails with.
 */
export async function takeLook(
  source: LookSource,
  nowMs: number,
  call: CallOptions,
): Promise<RepositoryLook | undefined> {
  const { repository, registry } = source;
  const { inventory } = registry;
  if (inventory === undefined) return undefined;
  const isWhole = inventory.covers === undefined;
  const tags = new Map<Digest, readonly string[]>();
  const shown = new Map<string, Digest>();
  const recent: StoredManifest[] = [];
  for await (const manifest of inventory.list(repository, call)) {
    const { digest } = manifest.descriptor;
    tags.set(digest, [...(tags.get(digest) ?? []), ...manifest.tags]);
    for (const tag of manifest.tags) shown.set(tag, digest);
    if (isWhole && isRecent(manifest, source)) recent.push(manifest);
  }
  await readLinks(recent, source, call);
  const parents = new Map<Digest, Digest[]>();
  const referrers = new Map<Digest, Digest[]>();
  const note = (uses: Map<Digest, Digest[]>, of: Digest, by: Digest) => {
    const known = uses.get(of);
    if (known === undefined) uses.set(of, [by]);
    else known.push(by);
  };
  for (const { descriptor } of recent) {
    const links = source.links.get(descriptor.digest);
    if (links?.state !== "read") continue;
    for (const child of links.children) note(parents, child, descriptor.digest);
    if (links.subject !== undefined) note(referrers, links.subject, descriptor.digest);
  }
  for (const [tag, digest] of shown) {
    const subject = subjectOfTag(tag);
    if (subject !== undefined) note(referrers, subject, digest);
  }
  return {
    takenMs: nowMs,
    isWhole,
    has: (digest) => tags.has(digest),
    tagsOf: (digest) => tags.get(digest) ?? [],
    digestAt: (tag) => shown.get(tag),
    newParentsOf: (digest) => parents.get(digest)?.filter((by) => tags.has(by)) ?? [],
    newReferrersOf: (digest) => referrers.get(digest)?.filter((by) => tags.has(by)) ?? [],
    forget(removed) {
      if ("tag" in removed) {
        const digest = shown.get(removed.tag);
        shown.delete(removed.tag);
        if (digest === undefined) return;
        const left = tags.get(digest)?.filter((tag) => tag !== removed.tag) ?? [];
        tags.set(digest, left);
        return;
      }
      for (const tag of tags.get(removed.digest) ?? []) shown.delete(tag);
      tags.delete(removed.digest);
    },
  };
}

function isRecent({ descriptor, pushedAt }: StoredManifest, { planned, plannedAt }: LookSource): boolean {
  if (planned.has(descriptor.digest)) return false;
  return pushedAt === undefined || instantToMs(pushedAt) >= instantToMs(plannedAt) - marginMs;
}

async function readLinks(
  recent: readonly StoredManifest[],
  { repository, registry, links }: LookSource,
  call: CallOptions,
): Promise<void> {
  const unread = recent.filter(({ descriptor }) => !links.has(descriptor.digest));
  const fan = fanOutSignal(call.signal);
  await mapConcurrently(unread, readersAtOnce, async ({ descriptor: { digest } }) => {
    const reference = digestReference(repository, digest);
    const stored = await fan.run((own) => registry.fetchManifest(reference, own));
    // Gone since it was listed: then nothing needs anything for it.
    if (stored === undefined) return;
    const found = manifestLinks(stored);
    if (found.state === "unreadable") {
      const message = `${formatReference(reference)} is new and cannot be read (${found.error}), so it is not known what needs it. Nothing was removed.`;
      throw new BayplanError("INCOMPLETE", message);
    }
    links.set(digest, found);
  }).finally(fan.close);
}
