import type { Base } from "../definition/family.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { findCycle } from "./find-cycle.ts";

/** The part of a definition that a graph is made of; a `Family` is one. */
export interface GraphInput {
  readonly images: readonly { readonly name: string; readonly bases: readonly Base[] }[];
}

/** The images of a family and what is built on what. All lists are in build order, ties by declaration. */
export interface ImageGraph {
  /** Every image after all its bases. */
  readonly order: readonly string[];
  /** Images that can be built at the same time: each wave needs only earlier ones. */
  readonly waves: readonly (readonly string[])[];
  /** Images this one is built on directly, in Dockerfile order. Empty for a name that is not in the graph. */
  basesOf(image: string): readonly string[];
  /** Everything this image is built on, directly or not. */
  ancestorsOf(image: string): readonly string[];
  /** Everything that is built on this image, directly or not. */
  descendantsOf(image: string): readonly string[];
}

/**
 * Orders the images of a definition.
 *
 * @throws BayplanError `UNKNOWN_BASE` listing every base that is neither an image nor an external reference, `CYCLE`
 * showing the path, when an image is built on itself.
 */
export function createImageGraph(definition: GraphInput): ImageGraph {
  const bases = new Map(definition.images.map((image) => [image.name, imageBases(image.bases)]));
  refuseUnknownBases(bases);
  const children = invert(bases);
  const waves = layer(bases, children);
  const order = waves.flat();
  return {
    order,
    waves,
    basesOf: (image) => bases.get(image) ?? [],
    ancestorsOf: (image) => reach(image, bases, order),
    descendantsOf: (image) => reach(image, children, order),
  };
}

function imageBases(bases: readonly Base[]): readonly string[] {
  return [...new Set(bases.flatMap((base) => (base.kind === "image" ? [base.image] : [])))];
}

function refuseUnknownBases(bases: ReadonlyMap<string, readonly string[]>): void {
  const problems = [...bases].flatMap(([image, names]) =>
    names
      .filter((name) => !bases.has(name))
      .map((name): Problem => {
        const expected = `an image of this family (${[...bases.keys()].join(", ")}) or a reference with its registry`;
        return { path: `images.${image}.base`, found: JSON.stringify(name), expected };
      }),
  );
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `\n  ${problem.path}: ${problem.found} is not ${problem.expected}`);
  throw new BayplanError("UNKNOWN_BASE", `Some images are built on something unknown:${lines.join("")}`, { problems });
}

/** Takes away what is placed, wave by wave; each image and each base is looked at once. */
function layer(
  bases: ReadonlyMap<string, readonly string[]>,
  children: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const declared = new Map([...bases.keys()].map((name, index) => [name, index]));
  const byDeclaration = (left: string, right: string) => (declared.get(left) ?? 0) - (declared.get(right) ?? 0);
  const open = new Map([...bases].map(([name, needs]) => [name, needs.length]));
  const waves: string[][] = [];
  let wave = [...bases].flatMap(([name, needs]) => (needs.length === 0 ? [name] : []));
  while (wave.length > 0) {
    waves.push(wave);
    const next: string[] = [];
    for (const child of wave.flatMap((name) => children.get(name) ?? [])) {
      const left = (open.get(child) ?? 0) - 1;
      open.set(child, left);
      if (left === 0) next.push(child);
    }
    wave = next.sort(byDeclaration);
  }
  const placed = new Set(waves.flat());
  if (placed.size < bases.size) throw cycleError(bases, placed);
  return waves;
}

function invert(bases: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const children = new Map([...bases.keys()].map((name): [string, string[]] => [name, []]));
  for (const [name, needs] of bases) for (const need of needs) children.get(need)?.push(name);
  return children;
}

function cycleError(bases: ReadonlyMap<string, readonly string[]>, placed: ReadonlySet<string>): BayplanError {
  const path = findCycle(bases, placed);
  const shown = path.join(" -> ");
  const problems = [{ path: `images.${path[0] ?? ""}.base`, found: shown, expected: "no image built on itself" }];
  return new BayplanError("CYCLE", `These images are built on each other: ${shown}. Remove one of these bases.`, {
    problems,
  });
}

function reach(
  from: string,
  edges: ReadonlyMap<string, readonly string[]>,
  order: readonly string[],
): readonly string[] {
  const seen = new Set<string>();
  const open = [...(edges.get(from) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(edges.get(next) ?? []));
  }
  return order.filter((name) => seen.has(name));
}
