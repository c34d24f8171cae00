import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { repositoryScope } from "./scope.ts";
import { createTokenCache, type KnownToken } from "./token-cache.ts";

const clock = createVirtualClock();
const nowMs = Date.parse(clock.now());
const pull = [repositoryScope("a", "pull")];

function token(text: string, keys: readonly string[], actions = "pull"): KnownToken {
  const scopes = keys.map((key) => repositoryScope(key, actions));
  return { token: text, keys, scopes, expiresMs: nowMs + 60_000, doubted: new Set(keys.length > 1 ? keys : []) };
}

it("gives rather a token without a doubt, whichever came first", () => {
  for (const order of [0, 1]) {
    const cache = createTokenCache(clock);
    const [shared, own] = [token("shared", ["a", "b"]), token("own", ["a"])];
    for (const one of order === 0 ? [shared, own] : [own, shared]) cache.keep(one);
    expect(cache.find("a", pull)).toBe(own);
    expect(cache.find("b", [repositoryScope("b", "pull")])).toBe(shared);
    cache.forget(own);
    expect(cache.find("a", pull)).toBe(shared);
    expect([cache.isCurrent(own), cache.isCurrent(shared)]).toEqual([false, true]);
    cache.forget(shared, "a");
    expect([cache.find("a", pull), cache.isCurrent(shared)]).toEqual([undefined, true]);
    cache.forget(shared);
    expect(cache.isCurrent(shared)).toBe(false);
  }
});

it("keeps what a new token does not cover, and drops what it does", () => {
  const cache = createTokenCache(clock);
  const [push, lesser, wider] = [
    token("push", ["a"], "push"),
    token("lesser", ["a"]),
    token("wider", ["a"], "delete,pull"),
  ];
  for (const one of [push, lesser, wider]) cache.keep(one);
  expect([push, lesser, wider].map((one) => cache.isCurrent(one))).toEqual([true, false, true]);
  expect(cache.find("a", pull)).toBe(wider);
});

it("gives nothing that is over", async () => {
  const later = createVirtualClock();
  const cache = createTokenCache(later);
  const one = token("one", ["a"]);
  cache.keep(one);
  await later.advance(60_000);
  expect([cache.find("a", pull), cache.isCurrent(one)]).toEqual([undefined, false]);
});
