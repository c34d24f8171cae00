import type { Digest } from "../oci/digest.ts";
import { digestReference, formatReference, tagReference } from "../oci/reference.ts";
import type { DeleteStep, UntagStep } from "../plan/plan.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import type { RemovalRefusal } from "../removal-refusal.ts";
import { refusalOfTags } from "./refusal-of-error.ts";
import type { RepositoryLook } from "./repository-look.ts";

/** Whether a removal may be tried: what it is for is done already, or something forbids it. */
export type RemovalVerdict =
  | { readonly state: "go" }
  | { readonly state: "already-done" }
  | { readonly state: "refused"; readonly reason: RemovalRefusal; readonly why: string };

/** What a removal is checked against. */
export interface RemovalFacts {
  readonly registry: RegistryAdapter;
  readonly look: RepositoryLook | undefined;
  /** Manifests of this repository that the plan deletes. */
  readonly planned: ReadonlySet<Digest>;
}

const go: RemovalVerdict = { state: "go" };

function refuse(reason: RemovalRefusal, why: string): RemovalVerdict {
  return { state: "refused", reason, why };
}

/** Checks a tag that is to be taken away. */
export async function checkUntag(step: UntagStep, facts: RemovalFacts, call: CallOptions): Promise<RemovalVerdict> {
  const { registry, look } = facts;
  const name = formatReference(tagReference(step.repository, step.tag));
  if (registry.untag === undefined)
    return refuse("untag-unsupported", `${name} stays: the registry cannot take a tag away without its image.`);
  const shown = look?.digestAt(step.tag);
  if (look === undefined || shown === undefined) {
    const found = await registry.resolve(tagReference(step.repository, step.tag), call);
    return found.state === "absent" ? { state: "already-done" } : go;
  }
  if (shown !== step.expected)
    return refuse("tag-moved-since-plan", `${name} shows ${shown} now, the plan saw ${step.expected}.`);
  if (registry.untagging === "not-the-last" && look.tagsOf(shown).length < 2)
    return refuse("untag-would-delete", `${name} is the last tag of its image, which would be deleted with it.`);
  return go;
}

/** Checks a manifest that is to be deleted. */
export async function checkDelete(step: DeleteStep, facts: RemovalFacts, call: CallOptions): Promise<RemovalVerdict> {
  const { registry, look } = facts;
  const name = formatReference(digestReference(step.repository, step.digest));
  if (registry.deleteManifest === undefined)
    return refuse("delete-unsupported", `${name} stays: the registry does not delete manifests.`);
  const isListed = look?.has(step.digest) === true;
  if (!isListed && (look === undefined || look.isWhole || step.expected.tags.length > 0)) {
    const found = await registry.resolve(digestReference(step.repository, step.digest), call);
    if (found.state === "absent") return { state: "already-done" };
    if (look?.isWhole === true)
      return refuse("changed-since-plan", `${name} is there, but not listed (any more, or yet).`);
  }
  return (
    (look === undefined ? undefined : tagVerdict(step, look, name)) ??
    (await parentVerdict(step, facts, call)) ??
    (await referrerVerdict(step, facts, call)) ??
    go
  );
}

function tagVerdict(step: DeleteStep, look: RepositoryLook, name: string): RemovalVerdict | undefined {
  const tags = look.tagsOf(step.digest);
  const { expected } = step;
  const reason = refusalOfTags(tags, expected.tags);
  if (reason === undefined) return undefined;
  const why = `${name} is tagged with "${[...tags].sort().join(", ")}" now, the plan saw "${expected.tags.join(", ")}".`;
  const isElsewhere = expected.tags.some((tag) => !tags.includes(tag) && look.digestAt(tag) !== undefined);
  // A tag that is gone altogether was not moved.
  if (reason === "tag-moved-since-plan" && !isElsewhere) return refuse("changed-since-plan", why);
  return refuse(reason, why);
}

async function parentVerdict(
  { expected, digest, repository }: DeleteStep,
  { registry, look, planned }: RemovalFacts,
  call: CallOptions,
): Promise<RemovalVerdict | undefined> {
  const name = formatReference(digestReference(repository, digest));
  const unexpected = look?.newParentsOf(digest).find((parent) => !expected.parents.includes(parent));
  if (unexpected !== undefined)
    return refuse("referenced-since-plan", `${unexpected} contains ${name} now, the plan did not see that.`);
  // The registry knows better than any list what leads to it.
  if (registry.inventory?.refusesReferenced === true) return undefined;
  for (const parent of expected.parents) {
    // One that the plan deletes is waited for.
    const isThere = look?.isWhole === true ? look.has(parent) : !planned.has(parent) && (await isPresent(parent));
    if (isThere) return refuse("parent-kept", `${parent} contains ${name}, and stays.`);
  }
  return undefined;

  async function isPresent(parent: Digest): Promise<boolean> {
    return (await registry.resolve(digestReference(repository, parent), call)).state !== "absent";
  }
}

async function referrerVerdict(
  { expected, digest, repository }: DeleteStep,
  { registry, look }: RemovalFacts,
  call: CallOptions,
): Promise<RemovalVerdict | undefined> {
  // Nobody looked when the plan was made, so there is nothing to compare with.
  const known = expected.referrers;
  if (known === undefined) return undefined;
  const target = digestReference(repository, digest);
  const isUnknown = (referrer: Digest) => !known.includes(referrer);
  let found = look?.newReferrersOf(digest).find(isUnknown);
  if (look?.isWhole !== true && found === undefined) {
    for await (const { digest: referrer } of registry.referrers?.list(target, call) ?? []) {
      if (isUnknown(referrer)) found = referrer;
      if (found !== undefined) break;
    }
  }
  if (found === undefined) return undefined;
  return refuse("referenced-since-plan", `${found} is attached to ${formatReference(target)} now.`);
}
