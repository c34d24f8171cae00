import type { BakeConfig } from "./expand-matrix.ts";

/** What a requested name stands for: all targets, and the groups that were passed on the way. */
export interface ResolvedGroup {
  readonly targets: readonly string[];
  readonly groups: readonly string[];
}

/**
 * Flattens groups within groups. A name that is no group is a target; so is the name of a group that is being flattened
 * already, which lets a group hold the target of its own name.
 */
export function resolveGroup(name: string, config: BakeConfig): ResolvedGroup {
  return flatten(name, config, new Map());
}

function flatten(name: string, config: BakeConfig, visited: Map<string, ResolvedGroup>): ResolvedGroup {
  const known = visited.get(name);
  if (known !== undefined) return known;
  const members = config.groups.get(name);
  if (members === undefined) return { targets: [name], groups: [] };
  visited.set(name, { targets: [], groups: [] });
  const targets = new Set<string>();
  const groups = new Set([name]);
  for (const member of members) {
    const inner = flatten(member, config, visited);
    for (const target of inner.targets.length > 0 ? inner.targets : [member]) targets.add(target);
    for (const group of inner.groups) groups.add(group);
  }
  const resolved = { targets: [...targets], groups: [...groups] };
  visited.set(name, resolved);
  return resolved;
}
