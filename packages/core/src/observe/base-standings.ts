import type { Family } from "../definition/family.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Reference } from "../oci/reference.ts";
import { formatReference } from "../oci/reference.ts";
import type { FamilyNode, NodeBase } from "./family-nodes.ts";
import { imageFact } from "./image-fact.ts";
import { type BaseStanding, type CurrentBase, judgeBase, tellsOf } from "./judge-base.ts";
import { appliesTo, isMissing, referenceFact, stagedBuild } from "./node-key.ts";
import type { ReferenceFact, ReleaseState } from "./release-state.ts";

/** What drift is judged by. */
export interface DriftContext {
  readonly family: Family;
  readonly state: Pick<ReleaseState, "references" | "images">;
  readonly nodes: ReadonlyMap<string, FamilyNode>;
}

/** Where a published image stands to one of its bases, for one platform. */
export type NodeStanding = BaseStanding & {
  /** The node or the reference. */
  readonly base: string;
  readonly platform: string;
  /** What the base is now. Absent when that is not known. */
  readonly now?: Digest;
};

/** Whether the definition asks what the bases of an image are by now. */
export function isWatched({ image }: FamilyNode): boolean {
  return image.drift === "watch" || image.adopt !== "trust";
}

/**
 * Whether the published image is the build whose key follows from what the bases are now. `open`: that cannot be said,
 * because a base or the registry's answer is not known.
 */
export function standingByKey(
  node: FamilyNode,
  digest: Digest,
  context: DriftContext,
): "same" | "other" | "none" | "open" {
  if (node.image.publish === "direct") return "none";
  const staged = stagedBuild(node, context.family, context.state, context.nodes);
  const fact = staged?.fact;
  if (isMissing(fact, context.family)) return "none";
  if (fact?.state !== "present") return "open";
  return fact.digest === digest ? "same" : "other";
}

/** Where a published image stands to its bases of the last stage, by annotations and layers. */
export function baseStandings(node: FamilyNode, digest: Digest, context: DriftContext): readonly NodeStanding[] {
  const image = imageFact(context.state, node.exact, digest);
  return finalBases(node).flatMap((base) => {
    const reference = referenceOf(base, context);
    const name = nameOf(base);
    const fact = reference === undefined ? undefined : referenceFact(context.state, formatReference(reference));
    return platformsOf(node, base).map((platform): NodeStanding => {
      const own =
        image?.state === "read" && Object.hasOwn(image.platforms, platform) ? image.platforms[platform] : undefined;
      if (own === undefined || reference === undefined || fact?.state !== "present") {
        // A platform that the image does not have was never built on anything.
        const isMissing = image?.state === "read" && own === undefined;
        return { base: name, platform, state: isMissing ? "unproven" : "unknown" };
      }
      const current = currentBase(reference, fact, platform, context);
      return { base: name, platform, now: fact.digest, ...judgeBase(own, current) };
    });
  });
}

/** The bases whose layers must be read, because the image does not tell of them. */
export function untoldBases(
  node: FamilyNode,
  digest: Digest,
  context: DriftContext,
): readonly { readonly reference: Reference; readonly digest: Digest }[] {
  const image = imageFact(context.state, node.exact, digest);
  if (image?.state !== "read") return [];
  return finalBases(node).flatMap((base) => {
    const reference = referenceOf(base, context);
    const fact = reference === undefined ? undefined : referenceFact(context.state, formatReference(reference));
    if (reference === undefined || fact?.state !== "present") return [];
    const isTold = platformsOf(node, base).every((platform) => {
      const own = Object.hasOwn(image.platforms, platform) ? image.platforms[platform] : undefined;
      return own === undefined || tellsOf(own, reference);
    });
    return isTold ? [] : [{ reference, digest: fact.digest }];
  });
}

/** What an earlier stage reads leaves no trace in the result: only a key knows of it. */
function finalBases(node: FamilyNode): readonly NodeBase[] {
  return node.bases.filter(({ stage }) => stage !== "build");
}

function platformsOf(node: FamilyNode, base: NodeBase): readonly string[] {
  return node.image.platforms.map(formatPlatform).filter((platform) => appliesTo(base, platform));
}

function referenceOf(base: NodeBase, { nodes }: DriftContext): Reference | undefined {
  return base.kind === "external" ? base.base.reference : nodes.get(base.node)?.exact;
}

function nameOf(base: NodeBase): string {
  return base.kind === "external" ? formatReference(base.base.reference) : base.node;
}

function currentBase(
  reference: Reference,
  fact: Extract<ReferenceFact, { state: "present" }>,
  platform: string,
  { state }: DriftContext,
): CurrentBase {
  const { platforms = {}, digest } = fact;
  const manifest = Object.hasOwn(platforms, platform) ? platforms[platform] : undefined;
  const image = imageFact(state, reference, digest);
  const own =
    image?.state === "read" && Object.hasOwn(image.platforms, platform) ? image.platforms[platform] : undefined;
  return {
    reference,
    digest,
    ...(manifest === undefined ? {} : { manifest }),
    ...(own === undefined ? {} : { fact: own }),
  };
}
