import { describe, expect, it } from "vitest";
import { judgeChaos } from "./judge-chaos.ts";
import { runManySeeds, seedsOf } from "./many-seeds.ts";

const seeds = seedsOf("odd", process.env);

describe("random faults", () => {
  it(`leave every invariant standing, in ${seeds.length} odd schedules`, async () => {
    const { broken, unmet } = await runManySeeds(seeds);
    expect(broken, broken.join("\n")).toEqual([]);
    if (seeds.length >= 50) expect(unmet).toEqual([]);
  }, 1_200_000);

  it("come again for the same seed, request by request", async () => {
    for (const seed of [7, 52]) {
      const [one, other] = [await judgeChaos(seed), await judgeChaos(seed)];
      expect(one.run?.world.requests.length).toBeGreaterThan(50);
      expect(other.run?.world.requests).toEqual(one.run?.world.requests);
      expect(other.run?.world.faults).toEqual(one.run?.world.faults);
      expect(other.run?.world.ledger.entries).toEqual(one.run?.world.ledger.entries);
      expect(other.run?.attempts).toEqual(one.run?.attempts);
    }
  }, 60_000);
});
