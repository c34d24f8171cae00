import { BayplanError, type BayplanErrorCode } from "@bayplan/core";
import type { HttpClient } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { repositoryScope } from "./scope.ts";
import { createTokenSource, type GivenToken, type TokenSource } from "./token-source.ts";

const challenge = { realm: new URL("https://auth.example/token"), service: "registry.example" };

/** A source at an endpoint that gives every token that is asked for, unless it fails, and the repositories each was for. */
function createSource({ failure, status = 200 }: { failure?: BayplanErrorCode; status?: number } = {}) {
  const asked: string[][] = [];
  const http: Pick<HttpClient, "request"> = {
    request: async ({ url }) => {
      asked.push(new URL(url).searchParams.getAll("scope").map((scope) => scope.split(":")[1] ?? ""));
      if (failure !== undefined) throw new BayplanError(failure, "The endpoint fails.");
      const body = new TextEncoder().encode(JSON.stringify({ token: `t${asked.length}`, expires_in: 300 }));
      return { status, headers: { get: () => undefined, getAll: () => [] }, url: String(url), body };
    },
  };
  const source = createTokenSource({
    http: http as HttpClient,
    clock: createVirtualClock(),
    secret: async () => undefined,
    refusalMeans: "credentials",
  });
  return { source, asked };
}

async function get(
  source: TokenSource,
  repository: string,
  more: { actions?: string; along?: readonly string[]; alone?: boolean } = {},
): Promise<GivenToken> {
  const { actions = "pull", along, alone = false } = more;
  const scopes = [repositoryScope(repository, actions)] as const;
  const purpose = { challenge, repository, scopes, alone, along: along === undefined ? undefined : () => along };
  const grant = await source.get(purpose, {});
  if ("refused" in grant) throw new Error("refused");
  return grant;
}

it("gives one token to all who may share it, in doubt until it is proven for each", async () => {
  const { source, asked } = createSource();
  const a = await get(source, "a", { along: ["b", "c"] });
  const b = await get(source, "b");
  expect([a.known.token, b.known.token, asked]).toEqual(["t1", "t1", [["a", "b", "c"]]]);
  expect([a.cached, b.cached, source.isDoubtful(a), source.isDoubtful(b)]).toEqual([false, true, true, true]);
  expect([source.prove(a), source.prove(a)]).toEqual([true, false]);
  expect([source.isDoubtful(a), source.isDoubtful(b)]).toEqual([false, true]);
});

it("gives a token of its own to who wants one, or wants to do more than pull", async () => {
  const { source, asked } = createSource();
  await get(source, "a", { along: ["b", "c", "d"] });
  const b = await get(source, "b", { alone: true, along: ["c"] });
  await get(source, "e", { alone: true, along: ["f"] });
  await get(source, "f", { actions: "pull,push", along: ["g"] });
  expect(asked.slice(1)).toEqual([["b"], ["e"], ["f"]]);
  expect(source.isDoubtful(b)).toBe(false);
  // From now on it is what everybody gets there; the others keep what they have.
  expect((await get(source, "b")).known.token).toBe("t2");
  expect((await get(source, "c")).known.token).toBe("t1");
  const d = await get(source, "d");
  source.leave(d);
  expect((await get(source, "d", { along: ["h"] })).known.token).toBe("t5");
  expect(asked[4]).toEqual(["d"]);
  source.giveUpBatches();
  await get(source, "i", { along: ["j"] });
  expect(asked[5]).toEqual(["i"]);
});

it.each<[BayplanErrorCode, readonly string[][]]>([
  // A lesser request would meet the same.
  ["TIMEOUT", [["a", "b"]]],
  ["RATE_LIMITED", [["a", "b"]]],
  ["UNAVAILABLE", [["a", "b"], ["a"]]],
  ["RESPONSE_INVALID", [["a", "b"], ["a"]]],
])("asks for one where asking for many ended with %s: %j", async (code, expected) => {
  const { source, asked } = createSource({ failure: code });
  await expect(get(source, "a", { along: ["b"] })).rejects.toMatchObject({ code });
  expect(asked).toEqual(expected);
});

it("hands on the refusal that came for the one in need, without asking for it again", async () => {
  const { source, asked } = createSource({ status: 403 });
  const purpose = { challenge, repository: "a", scopes: [repositoryScope("a", "pull")] as const, along: () => ["b"] };
  expect(await source.get(purpose, {})).toMatchObject({ refused: { status: 403 } });
  expect(asked).toEqual([["a", "b"], ["a"]]);
});
