import type { PlannedNode } from "../plan/plan.ts";

/** What the drawing needs of a node. */
export type DrawnNode = Pick<PlannedNode, "id" | "bases">;

/** The nodes of a plan, then what they are built on outside it, by number: who is built on whom. */
export interface HtmlLinks {
  /** Number of the plan's nodes; higher numbers are outside. */
  readonly nodes: number;
  readonly ids: readonly string[];
  readonly bases: readonly (readonly number[])[];
  readonly children: readonly (readonly number[])[];
}

/** Links nodes and what is outside by number. A base named twice counts once, and no node is its own base. */
export function linkNodes(nodes: readonly DrawnNode[]): HtmlLinks {
  const numbers = new Map(nodes.map((node, number) => [node.id, number]));
  const ids = nodes.map((node) => node.id);
  const bases = nodes.map((node, number) => {
    const found = [...new Set(node.bases)].map((base) => {
      const known = numbers.get(base) ?? ids.push(base) - 1;
      numbers.set(base, known);
      return known;
    });
    return found.filter((base) => base !== number);
  });
  const children: number[][] = ids.map(() => []);
  for (const [number, found] of bases.entries()) for (const base of found) children[base]?.push(number);
  return { nodes: nodes.length, ids, bases, children };
}

/** How many images in a row each one waits for, itself included; 0 outside. Circles get a wave after all others. */
export function wavesOf(links: HtmlLinks): readonly number[] {
  const waves: number[] = links.ids.map((_, number) => (number < links.nodes ? 1 : 0));
  const missing = links.bases.map((bases) => bases.length);
  const ready = links.ids.flatMap((_, number) => ((missing[number] ?? 0) === 0 ? [number] : []));
  // The list grows while it is walked.
  for (const number of ready) {
    for (const child of links.children[number] ?? []) {
      waves[child] = Math.max(waves[child] ?? 1, (waves[number] ?? 0) + 1);
      missing[child] = (missing[child] ?? 0) - 1;
      if (missing[child] === 0) ready.push(child);
    }
  }
  const last = ready.reduce((highest, number) => Math.max(highest, waves[number] ?? 0), 0) + 1;
  return waves.map((wave, number) => ((missing[number] ?? 0) > 0 ? last : wave));
}

/** The plan's nodes so that what is built on one stands soon after it; roots in the plan's order. */
export function nodesInDepth(links: HtmlLinks): readonly number[] {
  const seen = new Set<number>();
  const roots = links.bases.flatMap((bases, number) => (bases.some((base) => base < links.nodes) ? [] : [number]));
  // After the roots all nodes once more, for those in circles.
  for (const root of [...roots, ...links.bases.keys()]) {
    const open = [root];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (seen.has(number)) continue;
      seen.add(number);
      for (const child of (links.children[number] ?? []).toReversed()) open.push(child);
    }
  }
  return [...seen];
}

/**
 * What hangs together, by any number of its group. What is outside joins the images built on it only when those hang
 * together anyway: a system image under everything would make one heap of all.
 */
export function groupsOf(links: HtmlLinks): readonly number[] {
  const parents = links.ids.map((_, number) => number);
  const find = (number: number): number => {
    let root = number;
    while (parents[root] !== root) {
      // Halving the path keeps the next search short.
      parents[root] = parents[parents[root] ?? root] ?? root;
      root = parents[root] ?? root;
    }
    return root;
  };
  for (const [number, bases] of links.bases.entries()) {
    for (const base of bases) if (base < links.nodes) parents[find(number)] = find(base);
  }
  const outside = [...links.ids.keys()].slice(links.nodes);
  const joined = outside.map((number) => [number, new Set(links.children[number]?.map(find))] as const);
  for (const [number, groups] of joined) {
    const [first] = groups;
    if (groups.size === 1 && first !== undefined) parents[number] = first;
  }
  return parents.map((_, number) => find(number));
}
