import { createImageGraph, type GraphImage } from "@bayplan/core";
import { answerParent } from "../answer-parent.ts";
import { readImageShape, repeatShape } from "./image-shape.ts";

/** Which graph is made, in a process that made none before. */
export interface GraphJob {
  readonly path: string;
  readonly times: number;
}

/** What came of it. */
export interface GraphRun {
  readonly origin: string;
  readonly images: number;
  readonly references: number;
  readonly edges: number;
  readonly waves: number;
  /** All sets of dependants together. */
  readonly affected: number;
  /** Of the processor, user and system, garbage included, without making the input. */
  readonly cpuMs: number;
}

answerParent<GraphJob>(async ({ path, times }): Promise<GraphRun> => {
  const shape = readImageShape(path);
  const images = repeatShape(shape, times).map((image): GraphImage => {
    return { ...image, bases: image.bases.map((base) => ({ kind: "reference", ...base })) };
  });
  const started = process.cpuUsage();
  const graph = createImageGraph({ images });
  let affected = 0;
  for (const name of graph.order) affected += graph.descendantsOf(name).length;
  const { user, system } = process.cpuUsage(started);
  return {
    origin: shape.origin,
    images: graph.order.length,
    references: images.reduce((sum, image) => sum + (image.references?.length ?? 0), 0),
    edges: graph.edges.length,
    waves: graph.waves.length,
    affected,
    cpuMs: (user + system) / 1000,
  };
});
