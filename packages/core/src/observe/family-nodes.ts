import type { Base, Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import { createImageGraph } from "../graph/create-image-graph.ts";
import type { Instant } from "../instant.ts";
import { type TagReference, tagReference } from "../oci/reference.ts";
import type { Reason } from "../reason.ts";
import { meantTags } from "../tags/meant-tags.ts";
import { templateNames } from "../tags/render-template.ts";
import { isExactRule } from "../tags/rule-shape.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import type { ReleaseState } from "./release-state.ts";
import { selectRequest } from "./select-request.ts";

/** One image at one version: what may have to be built. */
export interface FamilyNode {
  /** `image@version`. */
  readonly id: string;
  readonly image: ImageDefinition;
  readonly leg: VersionLeg;
  readonly version: string;
  /** Why this version. */
  readonly selected: Reason;
  /** The immutable tag by which the image is found; never empty. */
  readonly exact: TagReference;
  readonly bases: readonly NodeBase[];
  /** Values for the inputs' companion names; a name that could not be resolved has a reason instead. */
  readonly companions: Readonly<Record<string, string>>;
  readonly missingCompanions: readonly Reason[];
}

/** What a node is built on, in Dockerfile order. */
export type NodeBase =
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "external"; readonly base: Extract<Base, { kind: "external" }> };

/** The nodes whose version is known, in build order, and the legs without a version. */
export interface FamilyNodes {
  readonly nodes: readonly FamilyNode[];
  readonly unresolved: readonly { readonly leg: VersionLeg; readonly reason: Reason }[];
}

/**
 * Expands images and legs into nodes, as far as the facts allow. A leg whose source was not asked is unresolved, never
 * left out.
 */
export function familyNodes(family: Family, state: Pick<ReleaseState, "sources">, now: Instant): FamilyNodes {
  const { order } = createImageGraph(family);
  const images = new Map(family.images.map((image) => [image.name, image]));
  const companions = selectCompanions(family, state, now);
  const nodes: FamilyNode[] = [];
  const unresolved: { leg: VersionLeg; reason: Reason }[] = [];
  for (const leg of family.legs) {
    const selected = selectRequest(leg, state, now);
    if (selected === undefined) {
      unresolved.push({ leg, reason: unasked(leg.source) });
      continue;
    }
    if (selected.state === "unresolved") {
      unresolved.push({ leg, reason: selected.reason });
      continue;
    }
    const wanted = new Set(leg.images);
    for (const name of order) {
      const image = images.get(name);
      if (image === undefined || !wanted.has(name)) continue;
      nodes.push(createNode(image, leg, selected, resolveCompanions(image, companions)));
    }
  }
  return { nodes, unresolved };
}

function createNode(
  image: ImageDefinition,
  leg: VersionLeg,
  selected: { readonly version: string; readonly reason: Reason },
  companions: Pick<FamilyNode, "companions" | "missingCompanions">,
): FamilyNode {
  const { version } = selected;
  return {
    id: `${image.name}@${version}`,
    image,
    leg,
    version,
    selected: selected.reason,
    exact: tagReference(image.repository, mainTag(image, leg, version)),
    bases: image.bases.map((base) =>
      base.kind === "image" ? { kind: "node", node: `${base.image}@${version}` } : { kind: "external", base },
    ),
    ...companions,
  };
}

/** The first exact tag; a definition without one was refused. */
function mainTag(image: ImageDefinition, leg: VersionLeg, version: string): string {
  const rules = image.tags.filter(isExactRule);
  const policy = { rules, scheme: createVersionScheme(leg.scheme) };
  const [first] = meantTags(policy, { version, image: image.name });
  return first?.tag ?? version;
}

/** The version of each companion, or why there is none: the same for all images. */
function selectCompanions(
  family: Family,
  state: Pick<ReleaseState, "sources">,
  now: Instant,
): ReadonlyMap<string, string | Reason> {
  const entries = Object.entries(family.companions).map(([name, request]) => {
    const selected = selectRequest(request, state, now);
    const answer = selected?.state === "picked" ? selected.version : (selected?.reason ?? unasked(request.source));
    return [name, answer] as const;
  });
  return new Map(entries);
}

function resolveCompanions(
  image: ImageDefinition,
  selected: ReadonlyMap<string, string | Reason>,
): Pick<FamilyNode, "companions" | "missingCompanions"> {
  const companions: Record<string, string> = {};
  const missingCompanions: Reason[] = [];
  if (selected.size === 0) return { companions, missingCompanions };
  const used = new Set(Object.values(image.inputs).flatMap(templateNames));
  for (const [name, answer] of selected) {
    if (!used.has(name)) continue;
    if (typeof answer === "string") companions[name] = answer;
    else missingCompanions.push(answer);
  }
  return { companions, missingCompanions };
}

function unasked(source: string): Reason {
  return { code: "source-failed", source, error: "INCOMPLETE", message: "The state has no answer from it." };
}
