import { type Clock, parseInstant } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { at, openOdd } from "./testing/many-references.ts";
import { createOddRegistry } from "./testing/odd-tokens.ts";

const start = parseInstant("2026-11-21T02:00:00Z");
const tags = Array.from({ length: 10_000 }, (_, index) => `t${String(index).padStart(5, "0")}`);

it.each<[string, (serverClock: Clock) => Clock, { tokens: number; refused: number }]>([
  // 10 seconds for each page: a token is used for 295 of its 300 seconds, which are 30 pages.
  ["is renewed before it does", (serverClock) => serverClock, { tokens: 4, refused: 1 }],
  // The client's clock stands still: it learns of the end from a 401, and asks for that page again.
  ["is renewed after it did", () => createVirtualClock({ start }), { tokens: 4, refused: 4 }],
])("lists 10,000 tags once each while the token ends three times: %s", async (_, clientClock, expected) => {
  const serverClock = createVirtualClock({ start });
  const odd = createOddRegistry({}, { clock: serverClock, auth: { tokenLifetimeMs: 300_000 } });
  await odd.publish({ "team/app": tags });
  const registry = openOdd(odd, { clock: clientClock(serverClock), pageSize: 100 });
  const found: string[] = [];
  for await (const tag of registry.listTags(at("team/app", "v1"))) {
    found.push(tag);
    if (found.length % 100 === 0) await serverClock.advance(10_000);
  }
  expect(found).toEqual(tags);
  const refused = odd.seen.length - 100 - odd.tokenRequests().length;
  expect({ tokens: odd.tokenRequests().length, refused }).toEqual(expected);
});
