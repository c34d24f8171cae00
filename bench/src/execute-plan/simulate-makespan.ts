import type { WorldImage } from "./memory-world.ts";

/** How long all builds take in the ways that they could be run, in milliseconds. */
export interface SimulatedMakespans {
  /** Level by level, each when all of the one before has ended. */
  readonly waves: number;
  /** Each as soon as its bases are there, in the order in which that happens. */
  readonly fifo: number;
  /** No way of running them is shorter: the longest path, or all work spread evenly. */
  readonly bound: number;
}

/** Simulates without waiting. Images must come after their bases. */
export function simulateMakespans(images: readonly WorldImage[], parallel: number): SimulatedMakespans {
  const levels = new Map<string, number>();
  const paths = new Map<string, number>();
  for (const { name, bases, buildMs } of images) {
    levels.set(name, Math.max(-1, ...bases.map((base) => levels.get(base) ?? 0)) + 1);
    paths.set(name, Math.max(0, ...bases.map((base) => paths.get(base) ?? 0)) + buildMs);
  }
  const depth = Math.max(...levels.values());
  let waves = 0;
  for (let level = 0; level <= depth; level += 1) {
    const wave = images.filter(({ name }) => levels.get(name) === level);
    waves += stream(
      wave.map((image) => ({ ...image, bases: [] })),
      parallel,
    );
  }
  const work = images.reduce((sum, { buildMs }) => sum + buildMs, 0);
  return { waves, fifo: stream(images, parallel), bound: Math.max(...paths.values(), work / parallel) };
}

function stream(images: readonly WorldImage[], parallel: number): number {
  const open = new Map(images.map(({ name, bases }) => [name, bases.length]));
  const followers = new Map<string, WorldImage[]>();
  for (const image of images)
    for (const base of image.bases) followers.set(base, [...(followers.get(base) ?? []), image]);
  const ready = images.filter(({ bases }) => bases.length === 0);
  const running: { readonly image: WorldImage; readonly endMs: number }[] = [];
  let nowMs = 0;
  while (ready.length > 0 || running.length > 0) {
    while (running.length < parallel) {
      const image = ready.shift();
      if (image === undefined) break;
      running.push({ image, endMs: nowMs + image.buildMs });
    }
    running.sort((left, right) => left.endMs - right.endMs);
    const first = running.shift();
    if (first === undefined) break;
    nowMs = first.endMs;
    for (const follower of followers.get(first.image.name) ?? []) {
      const left = (open.get(follower.name) ?? 1) - 1;
      open.set(follower.name, left);
      if (left === 0) ready.push(follower);
    }
  }
  return nowMs;
}
