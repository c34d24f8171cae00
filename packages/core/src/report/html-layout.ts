import { type DrawnNode, groupsOf, linkNodes, nodesInDepth, wavesOf } from "./html-links.ts";

/** One box of the drawing: an image of the plan, or something outside it that an image is built on. */
export interface HtmlBox {
  /** Place in the plan's nodes; undefined for what is outside. */
  readonly node?: number;
  /** The node's id, or the reference of what is outside. */
  readonly id: string;
  /** 0 outside, 1 for images that need no other image, and so on. */
  readonly wave: number;
  /** Boxes of one group stand together; groups stand below each other. */
  readonly group: number;
  /** An image connected with no other: those fill the whole width, row by row, below all others. */
  readonly isLoose: boolean;
}

/** Who stands with whom and in which columns; `placeBoxes` gives the places. */
export interface HtmlLayout {
  /** By group; in a group, in the order in which they are placed. */
  readonly boxes: readonly HtmlBox[];
  /** Places in `boxes`: what is built on, what is built. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** First column and number of columns of every wave, by wave; a wave that is empty has none. */
  readonly columns: readonly (readonly [first: number, count: number])[];
  /** Columns for images on their own. */
  readonly looseColumns: number;
}

// Five boxes beside each other fit a screen; a list up to twelve high is still seen at once.
const widest = 5;
const tallEnough = 12;

/**
 * Lays images out in columns by wave, and below each other by what hangs together, so that what is built on an image
 * stands beside it. A wave that would be tall gets several columns while there is room. Linear in nodes and bases.
 */
export function htmlLayout(nodes: readonly DrawnNode[]): HtmlLayout {
  const links = linkNodes(nodes);
  const waves = wavesOf(links);
  const roots = groupsOf(links);
  const members = new Map<number, number[]>();
  const isShared = (number: number) => number >= links.nodes && roots[number] === number;
  // Columns come from the waves, so outside and inside may be told one after the other.
  const outside = [...links.ids.keys()].slice(links.nodes);
  for (const number of [...nodesInDepth(links), ...outside]) {
    if (isShared(number)) continue;
    const root = roots[number] ?? number;
    const group = members.get(root);
    if (group === undefined) members.set(root, [number]);
    else group.push(number);
  }
  const loose = [...members.values()].filter((group) => group.length === 1).flat();
  const connected = [...members.values()].filter((group) => group.length > 1);
  const groups = [outside.filter(isShared), ...connected, loose].filter((group) => group.length > 0);
  const boxes = groups.flatMap((numbers, group) =>
    numbers.map((number) => ({
      ...(number < links.nodes ? { node: number } : {}),
      id: links.ids[number] ?? "",
      wave: waves[number] ?? 0,
      group,
      isLoose: numbers === loose,
    })),
  );
  const places = new Map(groups.flat().map((number, place) => [number, place]));
  const edges = links.bases.flatMap((bases, number) =>
    bases.map((base) => [places.get(base) ?? 0, places.get(number) ?? 0] as const),
  );
  const columns = columnsOf(boxes.filter((box) => !box.isLoose));
  const used = columns.reduce((sum, [, count]) => sum + count, 0);
  return { boxes, edges, columns, looseColumns: Math.max(used, Math.min(widest, loose.length)) };
}

function columnsOf(boxes: readonly HtmlBox[]): HtmlLayout["columns"] {
  const perGroup = new Map<string, number>();
  const highest: number[] = [];
  for (const { group, wave } of boxes) {
    const count = (perGroup.get(`${group} ${wave}`) ?? 0) + 1;
    perGroup.set(`${group} ${wave}`, count);
    highest[wave] = Math.max(highest[wave] ?? 0, count);
  }
  const counts: number[] = Array.from(highest, (count) => (count === undefined ? 0 : 1));
  const heightOf = (wave: number) => (counts[wave] === 0 ? 0 : (highest[wave] ?? 0) / (counts[wave] ?? 1));
  for (let free = widest - counts.filter((count) => count > 0).length; free > 0; free -= 1) {
    const tallest = [...counts.keys()].reduce((best, wave) => (heightOf(wave) > heightOf(best) ? wave : best), 0);
    if (heightOf(tallest) <= tallEnough) break;
    counts[tallest] = (counts[tallest] ?? 0) + 1;
  }
  let first = 0;
  return counts.map((count) => {
    first += count;
    return [first - count, count] as const;
  });
}
