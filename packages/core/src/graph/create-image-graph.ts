import { BayplanError } from "../errors.ts";
import type { EdgeScope, GraphEdge, GraphImage } from "./graph-input.ts";
import { orderImages } from "./order-images.ts";
import { createReach, type Links } from "./reach-images.ts";
import { type GraphProblem, type ResolvedEdge, resolveEdges } from "./resolve-edges.ts";

/** What a graph is made of; a `Family` is one, and so is a list of sources with their Dockerfiles' references. */
export interface GraphInput {
  readonly images: readonly GraphImage[];
}

/** Images and what is built on what. All lists are in build order, ties by declaration. */
export interface ImageGraph {
  /** Every image after all its bases. */
  readonly order: readonly string[];
  /** Images that can be built at the same time: each wave needs only earlier ones. */
  readonly waves: readonly (readonly string[])[];
  /** Every base of every image, in the order of the declaration; those without `base` are external. */
  readonly edges: readonly GraphEdge[];
  /** Images this one is built on directly, in Dockerfile order. Empty for a name that is not in the graph. */
  basesOf(image: string): readonly string[];
  /** Everything this image is built on, directly or not. */
  ancestorsOf(image: string, scope?: EdgeScope): readonly string[];
  /** Everything that is built on this image, directly or not. */
  descendantsOf(image: string, scope?: EdgeScope): readonly string[];
  /**
   * Everything that is built on any of these, directly or not: images by name, external bases by the reference their
   * edges show. What nothing is built on affects nothing.
   */
  affectedBy(changed: readonly string[], scope?: EdgeScope): readonly string[];
  /**
   * The length of the longest chain that waits for each image, itself included: build the highest first.
   *
   * @param weight - What an image adds to a chain, for example the minutes it usually takes. Default 1 for each.
   * @throws BayplanError `INVALID_INPUT` for a weight that is negative or no number.
   */
  priorities(weight?: (image: string) => number): ReadonlyMap<string, number>;
}

/**
 * Orders images by what they are built on. An image is one build for all its platforms: that edges differ per platform
 * narrows what is affected, it does not allow two images to be built on each other.
 *
 * @throws BayplanError with all problems at once: `INVALID_DEFINITION` for a name or reference that two images claim on
 * one platform, else `UNKNOWN_BASE` listing every base that is no image, else `CYCLE` showing the paths.
 */
export function createImageGraph(definition: GraphInput): ImageGraph {
  const names = definition.images.map((image) => image.name);
  const { edges, problems } = resolveEdges(definition.images);
  const needs: number[][] = names.map(() => []);
  const dependants: number[][] = names.map(() => []);
  for (const { from, to } of edges) {
    // A base named twice counts once.
    if (to < 0 || needs[from]?.includes(to) === true) continue;
    needs[from]?.push(to);
    dependants[to]?.push(from);
  }
  const { waves, cycles } = orderImages(needs, dependants);
  const nameOf = (place: number) => names[place] ?? "";
  refuse([...problems, ...cycles.map((path) => cycleProblem(path.map(nameOf)))]);

  const order = waves.flat();
  const places = new Map(names.map((name, place) => [name, place]));
  const positions = new Int32Array(names.length);
  for (const [position, place] of order.entries()) positions[place] = position;
  const reach = createReach(names.length);
  const walk = (from: readonly number[], links: Links) => {
    const found = reach(from, links);
    if (found.length === 0) return [];
    const sorted = found.map((place) => positions[place] ?? 0).sort((left, right) => left - right);
    return sorted.map((position) => nameOf(order[position] ?? 0));
  };
  const placeOf = (image: string) => {
    const place = places.get(image);
    return place === undefined ? [] : [place];
  };
  const linksOf = linksBy(edges, needs, dependants);
  const external = once(() =>
    groupBy(
      edges.filter((edge) => edge.to < 0),
      ({ edge }) => edge.reference,
    ),
  );

  return {
    order: order.map(nameOf),
    waves: waves.map((wave) => wave.map(nameOf)),
    edges: edges.map(({ edge }) => edge),
    basesOf: (image) => placeOf(image).flatMap((place) => (needs[place] ?? []).map(nameOf)),
    ancestorsOf: (image, scope) => walk(placeOf(image), linksOf("bases", scope)),
    descendantsOf: (image, scope) => walk(placeOf(image), linksOf("dependants", scope)),
    affectedBy(changed, scope) {
      const links = linksOf("dependants", scope);
      const users = changed.flatMap((name) => external().get(name) ?? []).filter(({ edge }) => isInScope(edge, scope));
      const first = users.map(({ from }) => from);
      // The images that name an external base are affected themselves: they hang below a place that is none.
      return walk([...changed.flatMap(placeOf), -1], (place) => (place < 0 ? first : links(place)));
    },
    priorities: (weight = () => 1) => longestChains(order, dependants, nameOf, weight),
  };
}

function linksBy(
  edges: readonly ResolvedEdge[],
  needs: readonly (readonly number[])[],
  dependants: readonly (readonly number[])[],
): (direction: "bases" | "dependants", scope?: EdgeScope) => Links {
  const byFrom = once(() => groupBy(edges, (edge) => edge.from));
  const byTo = once(() => groupBy(edges, (edge) => edge.to));
  return (direction, scope) => {
    if (scope?.platform === undefined && scope?.stage === undefined) {
      const all = direction === "bases" ? needs : dependants;
      return (place) => all[place] ?? [];
    }
    const groups = direction === "bases" ? byFrom() : byTo();
    return (place) =>
      (groups.get(place) ?? []).flatMap(({ from, to, edge }) => {
        const end = direction === "bases" ? to : from;
        return end >= 0 && isInScope(edge, scope) ? [end] : [];
      });
  };
}

function isInScope(edge: GraphEdge, scope: EdgeScope | undefined): boolean {
  if (scope?.stage !== undefined && edge.stage !== scope.stage) return false;
  return scope?.platform === undefined || edge.platforms.length === 0 || edge.platforms.includes(scope.platform);
}

function longestChains(
  order: readonly number[],
  dependants: readonly (readonly number[])[],
  nameOf: (place: number) => string,
  weight: (image: string) => number,
): ReadonlyMap<string, number> {
  const lengths = new Float64Array(order.length);
  for (const place of order.toReversed()) {
    const own = weight(nameOf(place));
    if (!(Number.isFinite(own) && own >= 0))
      throw new BayplanError("INVALID_INPUT", `The weight of ${nameOf(place)} is ${own}. Give a number from 0 on.`);
    let longest = 0;
    for (const child of dependants[place] ?? []) longest = Math.max(longest, lengths[child] ?? 0);
    lengths[place] = own + longest;
  }
  return new Map(order.map((place) => [nameOf(place), lengths[place] ?? 0]));
}

function cycleProblem(path: readonly string[]): GraphProblem {
  const shown = path.join(" -> ");
  return { code: "CYCLE", path: `images.${path[0] ?? ""}.base`, found: shown, expected: "no image built on itself" };
}

const headlines = {
  INVALID_DEFINITION: "Images claim the same name or reference",
  UNKNOWN_BASE: "Some images are built on something unknown",
  CYCLE: "Some images are built on each other; remove one base of each cycle",
};

function refuse(problems: readonly GraphProblem[]): void {
  const codes = ["INVALID_DEFINITION", "UNKNOWN_BASE", "CYCLE"] as const;
  const code = codes.find((candidate) => problems.some((problem) => problem.code === candidate));
  if (code === undefined) return;
  const lines = problems.map(({ path, found, expected }) => `\n  ${path}: found ${found}, expected ${expected}`);
  throw new BayplanError(code, `${headlines[code]}:${lines.join("")}`, {
    problems: problems.map(({ path, found, expected }) => ({ path, found, expected })),
  });
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
