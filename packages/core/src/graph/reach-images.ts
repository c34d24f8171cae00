/**
 * Finds everything that can be reached from some places along links, each place once however many lead to it. What it
 * costs depends on what is reached, not on the size of the graph: asking for every image of a large graph stays cheap.
 */
export function createReach(size: number): (from: readonly number[], linksOf: Links) => number[] {
  // A place counts as seen when its mark is that of this walk, so nothing is cleared between walks.
  const marks = new Float64Array(size);
  let walk = 0;
  return (from, linksOf) => {
    walk += 1;
    const found: number[] = [];
    const open = [...from];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const place of linksOf(next)) {
        if (marks[place] === walk) continue;
        marks[place] = walk;
        found.push(place);
        open.push(place);
      }
    }
    return found;
  };
}

/** Where one can go from a place. */
export type Links = (place: number) => readonly number[];
