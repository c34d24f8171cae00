import { closestName } from "../definition/closest-name.ts";
import type { Problem } from "../errors.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import type { GraphBase, GraphEdge, GraphImage } from "./graph-input.ts";

/** An edge with the places of its ends in the declaration; `to` is -1 for an external base. */
export interface ResolvedEdge {
  readonly from: number;
  readonly to: number;
  readonly edge: GraphEdge;
}

/** A problem and the code it alone would be refused with. */
export interface GraphProblem extends Problem {
  readonly code: "INVALID_DEFINITION" | "UNKNOWN_BASE" | "CYCLE";
}

interface Names {
  readonly images: readonly GraphImage[];
  readonly byName: ReadonlyMap<string, number>;
  /** Who carries a reference: nearly always one, and thousands of lists of one would cost more than all the rest. */
  readonly owners: ReadonlyMap<string, number | readonly number[]>;
  /** Per image; absent means every platform. */
  readonly platforms: readonly (readonly string[] | undefined)[];
}

// Suggestions compare with every name: for a definition that is wrong throughout, the first few say enough.
const maxSuggestions = 20;

/** Finds the node behind every base, per platform, and everything that is wrong with names and references. */
export function resolveEdges(images: readonly GraphImage[]): {
  readonly edges: readonly ResolvedEdge[];
  readonly problems: readonly GraphProblem[];
} {
  const problems: GraphProblem[] = [];
  const names = nameImages(images, problems);
  const edges: ResolvedEdge[] = [];
  for (const [from, image] of images.entries()) {
    for (const base of image.bases) {
      const stage = base.stage ?? "final";
      const reference = textOf(base);
      for (const { to, platforms } of targetsOf(base, from, names)) {
        const node = images[to];
        const edge: GraphEdge =
          node === undefined
            ? { image: image.name, reference, platforms, stage }
            : { image: image.name, base: node.name, reference, platforms, stage };
        edges.push({ from, to, edge });
      }
      if (base.kind === "image" && !names.byName.has(base.image))
        problems.push(unknownBase(image.name, base.image, names, problems.length < maxSuggestions));
    }
  }
  return { edges, problems };
}

function nameImages(images: readonly GraphImage[], problems: GraphProblem[]): Names {
  const byName = new Map<string, number>();
  const owners = new Map<string, number | readonly number[]>();
  const platforms = images.map((image) => image.platforms?.map(platformText));
  for (const [index, { name, references = [], sharedReferences = [] }] of images.entries()) {
    if (byName.has(name)) {
      const found = `a second image ${quote(name)}`;
      problems.push({ code: "INVALID_DEFINITION", path: `images.${name}`, found, expected: "each name once" });
    } else byName.set(name, index);
    for (const reference of references) own(reference, index, false);
    for (const reference of sharedReferences) own(reference, index, true);
  }
  return { images, byName, owners, platforms };

  function own(reference: string, index: number, isShared: boolean): void {
    const before = owners.get(reference);
    if (before === undefined) {
      owners.set(reference, index);
      return;
    }
    const others = listOf(before);
    if (others.includes(index)) return;
    const sharesToo = (place: number) => images[place]?.sharedReferences?.includes(reference) === true;
    const other = others.find((place) => meet(platforms[place], platforms[index]) && !(isShared && sharesToo(place)));
    if (other !== undefined) {
      problems.push({
        code: "INVALID_DEFINITION",
        path: `images.${images[index]?.name ?? ""}.references`,
        found: `${quote(reference)}, which ${images[other]?.name ?? ""} carries too`,
        expected: "a reference that no other image carries on the same platform",
      });
    }
    owners.set(reference, [...others, index]);
  }
}

function listOf(owners: number | readonly number[]): readonly number[] {
  return typeof owners === "number" ? [owners] : owners;
}

/** Where a base leads: one target per node, and one for the platforms on which it is external. */
function targetsOf(
  base: GraphBase,
  from: number,
  names: Names,
): readonly { readonly to: number; readonly platforms: readonly string[] }[] {
  const given = base.platforms ?? [];
  if (base.kind === "external") return [{ to: -1, platforms: given }];
  if (base.kind === "image") {
    const to = names.byName.get(base.image);
    return to === undefined ? [] : [{ to, platforms: given }];
  }
  const owners = names.owners.get(base.reference);
  if (owners === undefined) return [{ to: -1, platforms: given }];
  const asked = base.platforms ?? names.platforms[from] ?? [];
  const carries = (place: number, platform: string) => names.platforms[place]?.includes(platform) ?? true;
  if (typeof owners === "number" && asked.every((platform) => carries(owners, platform)))
    return [{ to: owners, platforms: asked }];
  if (asked.length === 0) return listOf(owners).map((to) => ({ to, platforms: given }));
  const targets = new Map<number, string[]>();
  for (const platform of asked) {
    const carrying = listOf(owners).filter((place) => carries(place, platform));
    for (const to of carrying.length === 0 ? [-1] : carrying) {
      const list = targets.get(to);
      if (list === undefined) targets.set(to, [platform]);
      else list.push(platform);
    }
  }
  return [...targets].map(([to, platforms]) => ({ to, platforms }));
}

function textOf(base: GraphBase): string {
  if (base.kind === "image") return base.image;
  return base.kind === "reference" ? base.reference : formatReference(base.reference);
}

function platformText(platform: Platform | string): string {
  return typeof platform === "string" ? platform : formatPlatform(platform);
}

function meet(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  return left === undefined || right === undefined || left.some((platform) => right.includes(platform));
}

function unknownBase(image: string, base: string, names: Names, isSuggesting: boolean): GraphProblem {
  const known = [...names.byName.keys()];
  const closest = isSuggesting ? closestName(base, known) : undefined;
  const shown = known.length > 10 ? `${known.slice(0, 10).join(", ")} and ${known.length - 10} more` : known.join(", ");
  const family = closest === undefined ? `an image of this family (${shown})` : `${quote(closest)}`;
  const expected = `${family} or a reference with its registry`;
  return { code: "UNKNOWN_BASE", path: `images.${image}.base`, found: quote(base), expected };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
