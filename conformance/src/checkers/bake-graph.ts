import { createImageGraph, fromBakeFile } from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { inputOf } from "./case-keys.ts";

const Input = z.strictObject({
  definition: z.unknown(),
  request: z.array(z.string()),
  overrides: z.array(z.string()).exactOptional(),
  variables: z.record(z.string(), z.string()).exactOptional(),
});

/** What a bake document builds for a request, and in which order. */
export function checkBakeGraph(_input: unknown, row: Case): unknown {
  const { definition, request, ...options } = Input.parse(inputOf(row.row));
  const { targets, groups, edges, graph } = fromBakeFile(definition, { targets: request, ...options });
  const { order, waves } = createImageGraph(graph);
  return {
    targets: targets.map(({ name }) => name),
    groups,
    groupNames: Object.keys(groups),
    linkedCacheOnly: targets.flatMap(({ name, isLinked, outputs }) => {
      return isLinked && outputs.join() === "type=cacheonly" ? [name] : [];
    }),
    edges,
    order,
    waves,
    args: Object.fromEntries(targets.map(({ name, args }) => [name, args])),
    outputs: Object.fromEntries(targets.map(({ name, outputs }) => [name, outputs])),
  };
}
