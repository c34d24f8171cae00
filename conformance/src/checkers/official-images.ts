import { createHash } from "node:crypto";
import { createImageGraph, type GraphBase, type GraphImage, parseReference } from "@bayplan/core";
import { z } from "zod";

const Input = z.object({
  nodes: z.array(
    z.object({
      id: z.string(),
      repo: z.string(),
      tags: z.array(z.string()),
      sharedTags: z.array(z.string()),
      arches: z.array(z.string()),
    }),
  ),
  edges: z.array(
    z.object({
      child: z.string(),
      via: z.string(),
      kind: z.enum(["internal", "external", "self"]),
      arches: z.array(z.string()),
      final: z.boolean(),
    }),
  ),
});
type Edge = z.infer<typeof Input>["edges"][number];

/** Builds the graph from tags and FROMs alone (never from the parent an edge names) and gives waves and affected sets. */
export function checkOfficialImages(input: unknown): unknown {
  const { nodes, edges } = Input.parse(input);
  const basesOf = new Map<string, GraphBase[]>(nodes.map((node) => [node.id, []]));
  for (const edge of edges) basesOf.get(edge.child)?.push(baseOf(edge));
  const images = nodes.map(({ id, repo, tags, sharedTags, arches }): GraphImage => {
    const references = (names: readonly string[]) => names.map((tag) => `${repo}:${tag}`);
    const bases = basesOf.get(id) ?? [];
    return {
      name: id,
      platforms: arches,
      references: references(tags),
      sharedReferences: references(sharedTags),
      bases,
    };
  });
  const graph = createImageGraph({ images });
  const externals = new Set(graph.edges.filter((edge) => edge.base === undefined).map((edge) => edge.reference));
  return {
    wave: Object.fromEntries(graph.waves.flatMap((names, wave) => names.map((name) => [name, wave]))),
    affected: setsOf(graph.order, (name) => graph.descendantsOf(name)),
    affectedByExternal: setsOf([...externals], (name) => graph.affectedBy([name])),
  };
}

/** An image that names a tag of its own is built on what is already published there. */
function baseOf({ via, kind, arches, final }: Edge): GraphBase {
  const stage = final ? "final" : "build";
  if (kind === "self") return { kind: "external", reference: parseReference(via), platforms: arches, stage };
  return { kind: "reference", reference: via, platforms: arches, stage };
}

function setsOf(names: readonly string[], affectedBy: (name: string) => readonly string[]): unknown {
  const entries = names.map((name) => [name, [...affectedBy(name)].sort()] as const);
  return Object.fromEntries(
    entries
      .filter(([, ids]) => ids.length > 0)
      .map(([name, ids]) => [name, { count: ids.length, sha256: sha256(ids.join("\n")) }]),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
