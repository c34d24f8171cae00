import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createSession } from "./session.ts";
import type { GivenToken, TokenSource } from "./token-source.ts";

const registry = new URL("https://registry.example/");
const url = "https://registry.example/v2/a/b/manifests/v1";
const key = "a/b";

/** A shared token until it is left, then an own one; what happens to them, in order. */
function createTokens(shared: { readonly cached: boolean; readonly isCurrent: boolean }) {
  const events: string[] = [];
  const token = (text: string, cached: boolean): GivenToken => ({
    key,
    cached,
    known: { token: text, scopes: [], keys: [key], expiresMs: 0, doubted: new Set(text === "shared" ? [key] : []) },
  });
  const tokens: TokenSource = {
    get: async ({ alone }) => (alone === true ? token("own", false) : token("shared", shared.cached)),
    isCurrent: ({ known }) => known.token === "own" || shared.isCurrent,
    isDoubtful: ({ known }) => known.doubted.has(key),
    forget: ({ known }) => void events.push(`forget ${known.token}`),
    prove: ({ known }) => known.doubted.delete(key),
    leave: ({ known }) => void events.push(`leave ${known.token}`),
    giveUpBatches: () => void events.push("give up"),
  };
  return { tokens, events };
}

/** Sends one request; `answer` gives the status, and the error of a 401, for the n-th use of a token. */
async function send(tokens: TokenSource, answer: (token: string, use: number) => number | string) {
  const clock = createVirtualClock({ auto: true });
  const session = createSession(registry, { tokens, credentials: async () => undefined, clock });
  const uses = new Map<string, number>();
  const response = await session.send(
    { repository: "a/b", actions: "pull" },
    async (authorization) => {
      const name = authorization?.slice("Bearer ".length) ?? "none";
      const use = uses.get(name) ?? 0;
      uses.set(name, use + 1);
      const given = name === "none" ? "" : answer(name, use);
      const headers = new Headers();
      if (typeof given === "string") {
        headers.set("www-authenticate", `Bearer realm="/token"${given === "" ? "" : `,error="${given}"`}`);
      }
      const getAll = (header: string): readonly string[] => (headers.has(header) ? [headers.get(header) ?? ""] : []);
      return {
        status: typeof given === "string" ? 401 : given,
        headers: { get: (header: string) => headers.get(header) ?? undefined, getAll },
        url,
      };
    },
    {},
  );
  return {
    status: response.status,
    uses: Object.fromEntries(uses),
    waitedMs: Date.parse(clock.now()) - Date.UTC(2026, 0),
  };
}

it("never returns what a token in doubt was answered, even if it is over again and again", async () => {
  const { tokens, events } = createTokens({ cached: false, isCurrent: false });
  // The own token is called invalid at first, too: it has its second, as if nothing had been before.
  const sent = await send(tokens, (token, use) =>
    token === "own" && use > 0 ? 200 : token === "own" ? "invalid_token" : "",
  );
  expect(sent).toEqual({ status: 200, uses: { none: 1, shared: 2, own: 2 }, waitedMs: 1_000 });
  expect(events).toEqual(["forget shared", "leave shared", "give up"]);
});

it.each([true, false])(
  "waits a second for one that is called invalid, and does not take it from the others (cached: %s)",
  async (cached) => {
    const { tokens, events } = createTokens({ cached, isCurrent: true });
    const sent = await send(tokens, (_, use) => (use === 0 ? "invalid_token" : 200));
    expect(sent).toEqual({ status: 200, uses: { none: 1, shared: 2 }, waitedMs: 1_000 });
    expect(events).toEqual([]);
  },
);

it.each([
  ["insufficient_scope", 200, ["leave shared", "give up"]],
  ["insufficient_scope", 404, ["leave shared"]],
  [404, 200, ["leave shared", "give up"]],
  [404, 404, ["leave shared"]],
  [403, 403, ["leave shared"]],
] as const)("believes the own token: %s, then %i", async (first, second, expected) => {
  const { tokens, events } = createTokens({ cached: true, isCurrent: true });
  const sent = await send(tokens, (token) => (token === "shared" ? first : second));
  expect(sent).toEqual({ status: second, uses: { none: 1, shared: 1, own: 1 }, waitedMs: 0 });
  expect(events).toEqual(expected);
});
