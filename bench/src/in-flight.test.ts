import fc from "fast-check";
import { expect, it } from "vitest";
import { inFlight } from "./in-flight.ts";

it("does every item once, in order, and never more at once than it may", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.integer({ min: 1, max: 8 }), async (items, count) => {
      const started: number[] = [];
      let [running, most] = [0, 0];
      await inFlight(Array.from({ length: items }).keys(), count, async (item) => {
        started.push(item);
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
      });
      expect(started).toEqual([...Array(items).keys()]);
      expect(most).toBe(Math.min(items, count));
    }),
  );
});

it("fails when an item fails", async () => {
  const work = async (item: number) => {
    if (item === 2) throw new RangeError("two");
  };
  await expect(inFlight([1, 2, 3], 2, work)).rejects.toBeInstanceOf(RangeError);
});
