/** Numbers that follow from a seed and from what they are for, not from the order in which they are asked for. */
export interface SeededRandom {
  /** A whole number from 0, below the limit. */
  below(limit: number, about: string): number;
  /** Whether something happens that happens in so many of a thousand cases. */
  chance(perMille: number, about: string): boolean;
  /** One of the list. */
  pick<Item>(list: readonly [Item, ...Item[]], about: string): Item;
}

/** The same seed gives the same numbers, on every machine. */
export function createSeededRandom(seed: number): SeededRandom {
  const start = hash(`${seed}/`, 0x811c9dc5);
  const below = (limit: number, about: string) => Math.floor((mix(hash(about, start)) / 2 ** 32) * limit);
  return {
    below,
    chance: (perMille, about) => below(1000, about) < perMille,
    pick: (list, about) => list[below(list.length, about)] ?? list[0],
  };
}

/** FNV-1a. */
function hash(text: string, start: number): number {
  let value = start;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

/** The last step of murmur3: texts that differ in one place give numbers that have nothing in common. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
