import { describe, expect, it } from "vitest";
import { readImageShape } from "../plan-graph/image-shape.ts";
import { executeMakespan } from "./execute-makespan.ts";
import { simulateMakespans } from "./simulate-makespan.ts";
import { timedImages } from "./timed-images.ts";

const shape = readImageShape("there is no such file");
const images = timedImages(shape.images, { medianMs: 240_000, sigma: 0.8, seed: 7 });

describe("the time until everything is built", () => {
  it.each([20, 60])("comes near the lower bound with %i runs at once", async (ci) => {
    const { bound, fifo, waves } = simulateMakespans(images, ci);
    const makespan = await executeMakespan(images, { ci, knowsDurations: true });
    expect(makespan).toBeGreaterThanOrEqual(bound - 1);
    expect(makespan).toBeLessThanOrEqual(bound * 1.05);
    expect(makespan).toBeLessThanOrEqual(Math.min(fifo, waves));
  });

  it("is simulated as it would be run: one after the other, or all of a level at once", () => {
    const image = (name: string, minutes: number, ...bases: readonly string[]) => ({ name, bases, buildMs: minutes });
    const few = [image("a", 3), image("b", 1), image("c", 4, "b"), image("d", 2, "a", "b")];
    expect(simulateMakespans(few, 1)).toEqual({ waves: 10, fifo: 10, bound: 10 });
    expect(simulateMakespans(few, 2)).toEqual({ waves: 7, fifo: 5, bound: 5 });
  });
});
