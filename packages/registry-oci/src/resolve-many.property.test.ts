import fc from "fast-check";
import { expect, it } from "vitest";
import { each, names, openOdd, statesOfMany, statesOneByOne } from "./testing/many-references.ts";
import { createOddRegistry, type TokenManners } from "./testing/odd-tokens.ts";

const tags = ["v1", "v2", "v3"];
const repositories = names(30);

const manners: fc.Arbitrary<TokenManners> = fc.record({
  grants: fc.constantFrom(
    "all" as const,
    "first" as const,
    "last" as const,
    "refuse" as const,
    "refuse-closed" as const,
  ),
  refusalStatus: fc.constantFrom(400, 401, 403, 404, 414, 431),
  uncovered: fc.constantFrom(401 as const, 403 as const, 404 as const),
  error: fc.constantFrom("insufficient_scope", "invalid_token", ""),
  closed: fc.subarray(repositories, { maxLength: 6 }),
});

const world = fc.record({
  manners,
  // What exists; the tags of the other repositories are all absent.
  published: fc.array(
    fc.record({ name: fc.constantFrom(...repositories), tags: fc.subarray(tags, { minLength: 1 }) }),
    {
      maxLength: 40,
    },
  ),
  asked: fc.shuffledSubarray(each(repositories, tags), { minLength: 2 }),
  credentials: fc.option(fc.constant({ username: "bayplan", password: "dummy-password" }), { nil: undefined }),
  denied: fc.constantFrom("error" as const, "denied-or-absent" as const),
});

it("answers what `resolve` answers one by one, whatever registry and endpoint make of shared tokens", async () => {
  await fc.assert(
    fc.asyncProperty(world, async ({ manners: odd, published, asked, credentials, denied }) => {
      const registry = createOddRegistry(odd);
      await registry.publish(Object.fromEntries(published.map((one) => [one.name, one.tags])));
      const options = {
        denied,
        tokenRefusal: "repository" as const,
        ...(credentials === undefined ? {} : { credentials }),
      };
      const expected = await statesOneByOne(openOdd(registry, options), asked);
      const before = registry.seen.length;
      const together = openOdd(registry, options);
      expect(await statesOfMany(together, asked)).toEqual(expected);
      // However it is answered, three times the requests of one by one are never needed, nor more the second time.
      const first = registry.seen.length - before;
      expect(first).toBeLessThanOrEqual(3 * before);
      expect(await statesOfMany(together, asked)).toEqual(expected);
      // And what it has learnt misleads nobody else.
      expect(await statesOneByOne(together, asked)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
