import { findCycle } from "../../graph/find-cycle.ts";
import { bakeProblem } from "./bake-problem.ts";
import type { BakeTarget } from "./from-bake-file.ts";

/**
 * Adds what the targets are built on, directly or not, to the map, and gives the edges (child, parent). `resolve` is
 * called once for every target that was not requested.
 */
export function linkTargets(
  targets: Map<string, BakeTarget>,
  resolve: (name: string, child: string) => BakeTarget,
): readonly (readonly [child: string, parent: string])[] {
  const edges: (readonly [string, string])[] = [];
  // A map visits what is added to it while it is walked.
  for (const [child, target] of targets) {
    const links = Object.values(target.contexts).filter((value) => value.startsWith("target:"));
    for (const parent of new Set(links.map((link) => link.slice("target:".length)))) {
      if (parent === child)
        throw bakeProblem(`target.${child}.contexts`, "a link to itself", "another target", "CYCLE");
      const linked = targets.get(parent) ?? resolve(parent, child);
      targets.set(parent, linked);
      checkPlatforms(target, linked);
      edges.push([child, parent]);
    }
  }
  refuseCycle([...targets.keys()], edges);
  return edges;
}

/** Only where both name several: one platform is built whatever the parent is built for. */
function checkPlatforms(child: BakeTarget, parent: BakeTarget): void {
  if (child.platforms.length < 2 || parent.platforms.length < 2) return;
  const missing = child.platforms.filter((platform) => !parent.platforms.includes(platform));
  if (missing.length === 0) return;
  const found = `${missing.join(", ")}, for which ${parent.name} is not built`;
  throw bakeProblem(`target.${child.name}.platforms`, found, `some of ${parent.platforms.join(", ")}`);
}

function refuseCycle(names: readonly string[], edges: readonly (readonly [string, string])[]): void {
  const needs = new Map(names.map((name): [string, string[]] => [name, []]));
  const children = new Map(names.map((name): [string, string[]] => [name, []]));
  for (const [child, parent] of edges) {
    needs.get(child)?.push(parent);
    children.get(parent)?.push(child);
  }
  const open = new Map([...needs].map(([name, parents]) => [name, parents.length]));
  const placed = new Set(names.filter((name) => open.get(name) === 0));
  for (const parent of placed) {
    for (const child of children.get(parent) ?? []) {
      const left = (open.get(child) ?? 0) - 1;
      open.set(child, left);
      if (left === 0) placed.add(child);
    }
  }
  if (placed.size === names.length) return;
  throw bakeProblem(
    "target",
    findCycle(needs, placed).join(" -> "),
    "targets that are not built on each other",
    "CYCLE",
  );
}
