import type { DockerfileReference } from "./dockerfile.ts";

/** The stages that building one of them needs, itself included. */
export function markNeeded(
  references: readonly DockerfileReference[],
  target: number | undefined,
): ReadonlySet<number> {
  const needs = new Map<number, number[]>();
  for (const { stage, source } of references) {
    if (source.kind !== "stage") continue;
    const own = needs.get(stage);
    if (own === undefined) needs.set(stage, [source.stage]);
    else own.push(source.stage);
  }
  const needed = new Set(target === undefined ? [] : [target]);
  // A set visits what is added to it while it is walked.
  for (const stage of needed) for (const other of needs.get(stage) ?? []) needed.add(other);
  return needed;
}
