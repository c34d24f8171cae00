import { createImageGraph } from "@bayplan/core";
import type { ShapedImage } from "../plan-graph/image-shape.ts";
import type { WorldImage } from "./memory-world.ts";

/** What builds take: log-normal, so that most are short and a few are very long. */
export interface DurationShape {
  readonly medianMs: number;
  readonly sigma: number;
  readonly seed: number;
}

/** The images of a shape, bases first, each with a duration that is always the same for the same seed. */
export function timedImages(
  images: readonly ShapedImage[],
  { medianMs, sigma, seed }: DurationShape,
): readonly WorldImage[] {
  const graph = createImageGraph({
    images: images.map((image) => ({ ...image, bases: image.bases.map((base) => ({ kind: "reference", ...base })) })),
  });
  const random = mulberry32(seed);
  const names = new Map(images.map((image, place) => [image.name, `n${place}`]));
  const named = (name: string) => names.get(name) ?? name;
  const bases = new Map<string, Set<string>>();
  for (const { image, base } of graph.edges) {
    if (base === undefined) continue;
    const own = bases.get(image) ?? new Set();
    bases.set(image, own.add(named(base)));
  }
  return graph.order.map((name) => ({
    name: named(name),
    bases: [...(bases.get(name) ?? [])],
    buildMs: Math.ceil(medianMs * Math.exp(sigma * normal(random))),
  }));
}

/** The same numbers from 0 to below 1 for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Box and Muller's way from even numbers to the bell curve. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
