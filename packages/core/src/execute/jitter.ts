/** Numbers from 0 to below 1 that look random and are always the same for the same text. */
export function randomFrom(seed: string): () => number {
  // FNV-1a, then mulberry32: enough to spread waits, and nothing else.
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A pause of a quarter less to a quarter more, so that many who wait do not ask at once. */
export function spread(pauseMs: number, random: () => number): number {
  return pauseMs * (0.75 + random() / 2);
}
