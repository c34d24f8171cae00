import type { Base, Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import type { Instant } from "../instant.ts";
import type { TagReference } from "../oci/reference.ts";
import type { Reason } from "../reason.ts";
import { templateNames } from "../tags/render-template.ts";
import type { Rebuild } from "./apply-orders.ts";
import type { NodeTags } from "./meant-by-node.ts";
import { nodeFrames } from "./node-frames.ts";
import { referenceFact } from "./node-key.ts";
import type { ReferenceFact, ReleaseState } from "./release-state.ts";
import { selectRequest } from "./select-request.ts";

/** One image at one version: what may have to be built. */
export interface FamilyNode {
  /** `image@version`. */
  readonly id: string;
  readonly image: ImageDefinition;
  readonly leg: VersionLeg;
  /** The group of its steps: the release group in this version, or the node alone. */
  readonly group: string;
  readonly version: string;
  /** Why this version. */
  readonly selected: Reason;
  /** The immutable tag by which the image is found; never empty. */
  readonly exact: TagReference;
  /** The text form of `exact`. */
  readonly reference: string;
  /** What the registry says of it; `undefined` when it was not asked. */
  readonly fact: ReferenceFact | undefined;
  /** What the image's rules mean for the version. */
  readonly tags: NodeTags;
  readonly bases: readonly NodeBase[];
  /** What is known for braces in inputs: companions and values of the leg. A companion without version has a reason instead. */
  readonly companions: Readonly<Record<string, string>>;
  readonly missingCompanions: readonly Reason[];
  /** Versions of companions that the definition or its caller names. */
  readonly given: readonly Reason[];
  /** Somebody holds it: it is neither built nor tagged. Set by `applyOrders`, like the two below. */
  readonly held?: Reason;
  /** It exists and is to be built again. */
  readonly rebuild?: Rebuild;
  /** Why it would be built again if its definition did not keep releases as they are. */
  readonly stale?: readonly Reason[];
}

/** What a node is built on, in Dockerfile order. */
export type NodeBase = (
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "external"; readonly base: Extract<Base, { kind: "external" }> }
) &
  Pick<Base, "stage" | "platforms">;

/** The nodes whose version is known, in build order, and the legs without a version. */
export interface FamilyNodes {
  readonly nodes: readonly FamilyNode[];
  readonly unresolved: readonly { readonly leg: VersionLeg; readonly reason: Reason }[];
}

/**
 * Expands images and legs into nodes, as far as the facts allow. A leg whose source was not asked is unresolved, never
 * left out.
 */
export function familyNodes(
  family: Family,
  state: Pick<ReleaseState, "sources" | "references">,
  now: Instant,
): FamilyNodes {
  const companions = selectCompanions(family, state, now);
  const nodes: FamilyNode[] = [];
  const unresolved: { leg: VersionLeg; reason: Reason }[] = [];
  for (const { leg, at } of nodeFrames(family)) {
    const selected = selectRequest(leg, state, now);
    if (selected === undefined) {
      unresolved.push({ leg, reason: unasked(leg.source) });
      continue;
    }
    if (selected.state === "unresolved") {
      unresolved.push({ leg, reason: selected.reason });
      continue;
    }
    for (const { id, image, group, version, exact, reference, tags, bases } of at(selected.version)) {
      const fixed = fixedValues(image, leg, companions);
      // Member by member: spreading into thousands of nodes takes longer than all the rest of this.
      nodes.push({
        id,
        image,
        leg,
        group,
        version,
        selected: selected.reason,
        exact,
        reference,
        fact: referenceFact(state, reference),
        tags,
        bases,
        companions: fixed.companions,
        missingCompanions: fixed.missingCompanions,
        given: fixed.given,
      });
    }
  }
  return { nodes, unresolved };
}

interface SelectedCompanion {
  readonly answer: string | Reason;
  /** Whether the definition or its caller names the version. */
  readonly isGiven: boolean;
}

/** The version of each companion, or why there is none: the same for all images. */
function selectCompanions(
  family: Family,
  state: Pick<ReleaseState, "sources">,
  now: Instant,
): ReadonlyMap<string, SelectedCompanion> {
  const entries = Object.entries(family.companions).map(([name, request]) => {
    const selected = selectRequest(request, state, now);
    const answer = selected?.state === "picked" ? selected.version : (selected?.reason ?? unasked(request.source));
    return [name, { answer, isGiven: request.fixed !== undefined }] as const;
  });
  return new Map(entries);
}

type FixedValues = Pick<FamilyNode, "companions" | "missingCompanions" | "given">;

const nothingFixed: FixedValues = { companions: {}, missingCompanions: [], given: [] };

function fixedValues(
  image: ImageDefinition,
  leg: VersionLeg,
  selected: ReadonlyMap<string, SelectedCompanion>,
): FixedValues {
  const values = Object.entries(leg.values);
  if (selected.size === 0 && values.length === 0) return nothingFixed;
  const inputs = [...Object.values(image.inputs), ...Object.values(image.test?.inputs ?? {})];
  const used = new Set(inputs.flatMap(templateNames));
  const companions = Object.fromEntries(values.filter(([name]) => used.has(name)));
  const missingCompanions: Reason[] = [];
  const given: Reason[] = [];
  for (const [name, { answer, isGiven }] of selected) {
    if (!used.has(name)) continue;
    if (typeof answer === "string") companions[name] = answer;
    else missingCompanions.push(answer);
    if (isGiven && typeof answer === "string") given.push({ code: "version-given", name, version: answer });
  }
  return { companions, missingCompanions, given };
}

function unasked(source: string): Reason {
  return { code: "source-failed", source, error: "INCOMPLETE", message: "The state has no answer from it." };
}
