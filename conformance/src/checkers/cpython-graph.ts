import { createImageGraph } from "@bayplan/core";
import { z } from "zod";

const Input = z.object({ workflows: z.record(z.string(), z.object({ base: z.string().nullable() })) });

/** Reads the images' bases and gives who depends on whom, and the layers; within a layer order means nothing. */
export function checkCpythonGraph(input: unknown): unknown {
  const { workflows } = Input.parse(input);
  const images = Object.entries(workflows).map(([name, { base }]) => {
    return { name, bases: base === null ? [] : [{ kind: "image" as const, image: base }] };
  });
  const graph = createImageGraph({ images });
  return {
    depends_on: Object.fromEntries(images.map(({ name }) => [name, graph.basesOf(name)])),
    layers: graph.waves.map((wave) => [...wave].sort()),
  };
}
