import type { Digest } from "../oci/digest.ts";
import { formatReference, parseReference, type Reference, type RepositoryName } from "../oci/reference.ts";
import { type DriftContext, isWatched, standingByKey, untoldBases } from "./base-standings.ts";
import type { FamilyNode } from "./family-nodes.ts";
import { imageFact } from "./image-fact.ts";
import { referenceFact, stagedBuild } from "./node-key.ts";

/** How something is asked for. */
export interface DriftQuestions {
  readonly refer: (reference: Reference, platforms: boolean) => void;
  readonly describe: (repository: RepositoryName, digest: Digest) => void;
}

/**
 * Asks what must be known of a published image: when it was built where a greatest age is set, and what its bases are by
 * now where they are watched. The cheapest proof first: only what no key proves is read.
 */
export function askDrift(node: FamilyNode, context: DriftContext, { refer, describe }: DriftQuestions): void {
  const { fact } = node;
  if (fact?.state !== "present") return;
  if (context.family.maxAgeDays !== undefined) describe(node.exact, fact.digest);
  if (!isWatched(node)) return;
  let isOpen = false;
  for (const base of node.bases) {
    const reference = base.kind === "external" ? base.base.reference : context.nodes.get(base.node)?.exact;
    if (reference === undefined) continue;
    refer(reference, true);
    isOpen ||= !isKnown(reference, context);
  }
  if (isOpen) return;
  if (node.image.publish === "staged") {
    const staged = stagedBuild(node, context.family, context.state, context.nodes);
    if (staged !== undefined) refer(parseReference(staged.reference), false);
    if (staged !== undefined && staged.fact === undefined) return;
  }
  if (node.image.adopt === "rebuild" || standingByKey(node, fact.digest, context) === "same") return;
  describe(node.exact, fact.digest);
  if (imageFact(context.state, node.exact, fact.digest) === undefined) return;
  for (const { reference, digest } of untoldBases(node, fact.digest, context)) describe(reference, digest);
}

function isKnown(reference: Reference, { state }: DriftContext): boolean {
  const fact = referenceFact(state, formatReference(reference));
  return fact !== undefined && (fact.state !== "present" || fact.platforms !== undefined);
}
