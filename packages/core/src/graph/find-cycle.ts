/**
 * A path that ends where it began, through nodes that could not be placed. Every such node needs another one of them,
 * so walking along needs must come back to a node already seen.
 */
export function findCycle(
  needs: ReadonlyMap<string, readonly string[]>,
  placed: ReadonlySet<string>,
): readonly string[] {
  const seen = new Set<string>();
  let current = [...needs.keys()].find((name) => !placed.has(name));
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    current = needs.get(current)?.find((need) => !placed.has(need));
  }
  const path = [...seen];
  return current === undefined ? path : [...path.slice(path.indexOf(current)), current];
}
