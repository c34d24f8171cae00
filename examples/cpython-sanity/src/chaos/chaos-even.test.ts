import { describe, expect, it } from "vitest";
import { runManySeeds, seedsOf } from "./many-seeds.ts";

const seeds = seedsOf("even", process.env);

// A file of its own, so that both halves run at once.
describe("random faults", () => {
  it(`leave every invariant standing, in ${seeds.length} even schedules`, async () => {
    const { broken, unmet } = await runManySeeds(seeds);
    expect(broken, broken.join("\n")).toEqual([]);
    if (seeds.length >= 50) expect(unmet).toEqual([]);
  }, 1_200_000);
});
