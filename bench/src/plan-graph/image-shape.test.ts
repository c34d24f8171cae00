import { createImageGraph, type GraphImage } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { readImageShape, repeatShape, type ShapedImage } from "./image-shape.ts";

const graphOf = (images: readonly ShapedImage[]) =>
  createImageGraph({
    images: images.map((image): GraphImage => {
      return { ...image, bases: image.bases.map((base) => ({ kind: "reference", ...base })) };
    }),
  });

describe("the synthetic family of images", () => {
  const shape = readImageShape("there is no such file");

  it("has the size and the levels of the official images", () => {
    expect(shape.images).toHaveLength(1886);
    expect(graphOf(shape.images).waves.map((wave) => wave.length)).toEqual([450, 642, 547, 183, 48, 16]);
    const references = shape.images.reduce((sum, image) => sum + image.references.length, 0);
    expect(references).toBeGreaterThan(8000);
  });

  it("stands several times beside itself without touching", () => {
    const graph = graphOf(repeatShape(shape, 3));
    expect(graph.order).toHaveLength(3 * 1886);
    const [first = ""] = graph.order;
    const own = graphOf(shape.images).descendantsOf(first.slice(2));
    expect(graph.descendantsOf(first)).toEqual(own.map((name) => `0.${name}`));
  });
});
