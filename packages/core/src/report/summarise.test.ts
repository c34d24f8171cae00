import { expect, it } from "vitest";
import { createWorld } from "../testing/cpython-world.ts";
import { summarise } from "./summarise.ts";

it("goes through the steps once, however many images there are, and wherever their steps stand", async () => {
  const world = createWorld();
  const plan = await world.plan();
  expect(plan.nodes.length).toBeGreaterThan(2);
  const result = await world.execute(plan);
  let reads = 0;
  const counted = {
    ...plan,
    get steps() {
      reads += 1;
      return plan.steps;
    },
  };
  const reports = summarise(counted, result);
  expect(reads).toBe(1);
  expect(reports.map(({ node }) => node.id)).toEqual(plan.nodes.map(({ id }) => id));
  // One image after the other, or a step of each in turn: the same is said of every image.
  const sorted = plan.steps.toSorted((left, right) => left.node.localeCompare(right.node));
  expect(summarise({ ...plan, steps: sorted }, result)).toEqual(reports);
});
