import { expect, it } from "vitest";
import { interleave, type Way } from "./interleave.ts";

function recordTo(order: string[], name: string, rounds?: number): Way<number> {
  const run = async () => order.push(name);
  return rounds === undefined ? { name, run } : { name, rounds, run };
}

it("takes the ways in turn, and leaves those out whose rounds are over", async () => {
  const order: string[] = [];
  const runs = await interleave([recordTo(order, "a"), recordTo(order, "b", 1), recordTo(order, "c")], 3);
  expect(order).toEqual(["a", "b", "c", "a", "c", "a", "c"]);
  expect(runs.map(({ name, outcomes }) => [name, outcomes.length])).toEqual([
    ["a", 3],
    ["b", 1],
    ["c", 3],
  ]);
});

it("fails with the first way that fails", async () => {
  const order: string[] = [];
  const broken: Way<number> = { name: "broken", run: () => Promise.reject(new RangeError("no")) };
  await expect(interleave([recordTo(order, "a"), broken, recordTo(order, "c")], 2)).rejects.toBeInstanceOf(RangeError);
  expect(order).toEqual(["a"]);
});
