/** Waves of places in the declaration; `cycles` holds one path for each knot that could not be untied. */
export interface ImageOrder {
  readonly waves: readonly (readonly number[])[];
  readonly cycles: readonly (readonly number[])[];
}

const maxCycles = 20;

/**
 * Takes away what is placed, wave by wave; within a wave by declaration. Each image and each base is looked at once.
 * Where nothing can be placed any more there is a cycle: it is noted, cut, and the rest goes on, so that all of them
 * are found together.
 */
export function orderImages(
  needs: readonly (readonly number[])[],
  dependants: readonly (readonly number[])[],
): ImageOrder {
  const open = needs.map((places) => places.length);
  const isPlaced = new Uint8Array(needs.length);
  const waves: (readonly number[])[] = [];
  const cycles: (readonly number[])[] = [];
  let start = 0;
  let placed = 0;
  let wave = open.flatMap((count, place) => (count === 0 ? [place] : []));
  while (placed < needs.length && cycles.length < maxCycles) {
    if (wave.length === 0) {
      while (isPlaced[start] === 1) start += 1;
      const path = walkInCircle(needs, isPlaced, start);
      cycles.push(path);
      wave = path.slice(1);
    } else waves.push(wave);
    for (const place of wave) isPlaced[place] = 1;
    placed += wave.length;
    wave = release(wave);
  }
  return { waves, cycles };

  function release(done: readonly number[]): number[] {
    const next: number[] = [];
    for (const place of done) {
      for (const child of dependants[place] ?? []) {
        const left = (open[child] ?? 0) - 1;
        open[child] = left;
        if (left === 0 && isPlaced[child] === 0) next.push(child);
      }
    }
    return next.sort((left, right) => left - right);
  }
}

/** Every place that is left needs another one that is left: walking along needs must come back to a place already seen. */
function walkInCircle(needs: readonly (readonly number[])[], isPlaced: Uint8Array, start: number): readonly number[] {
  const seen = new Set<number>();
  let current: number | undefined = start;
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    current = needs[current]?.find((need) => isPlaced[need] === 0);
  }
  const path = [...seen];
  return current === undefined ? path : [...path.slice(path.indexOf(current)), current];
}
