/**
 * A path that ends where it began, through nodes that could not be placed. Every such node needs another one of them,
 * so walking along needs must come back to a node already seen.
 */
export function findCycle(
  needs: ReadonlyMap<string, readonly string[]>,
  placed: ReadonlySet<string>,
): readonly string[] {
  const path: string[] = [];
  let current = [...needs.keys()].find((name) => !placed.has(name));
  while (current !== undefined && !path.includes(current)) {
    path.push(current);
    current = needs.get(current)?.find((need) => !placed.has(need));
  }
  return current === undefined ? path : [...path.slice(path.indexOf(current)), current];
}
