import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createGitHubCi } from "./create-github-ci.ts";
import { createRateBudget } from "./rate-budget.ts";
import { testRequest, testToken } from "./testing/create-test-ci.ts";
import { createFakeGitHub, json } from "./testing/fake-github.ts";

const api = "https://api.github.com/repos/o/n";
const get = { method: "GET", headers: {}, redirect: "manual", signal: new AbortController().signal } as const;

function createWorld(answer: (count: number) => Response = () => json({}), pointsPerMinute = 900) {
  const clock = createVirtualClock({ auto: true });
  const start = Date.parse(clock.now());
  const sent: number[] = [];
  const fetch = async (): Promise<Response> => {
    sent.push((Date.parse(clock.now()) - start) / 1000);
    return answer(sent.length);
  };
  return { clock, sent, budget: createRateBudget({ fetch, clock, pointsPerMinute }) };
}

describe("createRateBudget", () => {
  it("sends nothing more while GitHub asks to wait, and goes on afterwards", async () => {
    const { clock, budget, sent } = createWorld((count) =>
      count === 1 ? json({ message: "secondary rate limit" }, 403, { "retry-after": "30" }) : json({}),
    );
    expect((await budget.fetch(api, get)).status).toBe(403);
    await expect(budget.fetch(api, get)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 30_000 });
    expect(sent).toHaveLength(1);
    expect(budget.waitMs).toBe(30_000);
    await clock.sleep(30_000);
    expect((await budget.fetch(api, get)).status).toBe(200);
  });

  it("stops at the last request of the hour, before it is refused", async () => {
    const { clock, budget, sent } = createWorld(() =>
      json({}, 200, {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(Date.parse(clock.now()) / 1000 + 600),
      }),
    );
    await budget.fetch(api, get);
    expect(budget.remaining).toBe(0);
    await expect(budget.fetch(api, get)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 600_000 });
    expect(sent).toHaveLength(1);
  });

  it("waits a minute after a 429 that does not say how long, and ignores a 403 that is none", async () => {
    const limited = createWorld(() => json({}, 429));
    await limited.budget.fetch(api, get);
    expect(limited.budget.waitMs).toBe(60_000);
    const denied = createWorld(() => json({}, 403, { "x-ratelimit-remaining": "4000" }));
    await denied.budget.fetch(api, get);
    expect(denied.budget.waitMs).toBe(0);
    expect(denied.budget.remaining).toBe(4000);
  });

  it("spends no more points in a minute than allowed: a write costs five", async () => {
    const { budget, sent } = createWorld(undefined, 12);
    await budget.fetch(api, { ...get, method: "POST" });
    await budget.fetch(api, { ...get, method: "DELETE" });
    await budget.fetch(api, get);
    await budget.fetch(api, get);
    await budget.fetch(api, get);
    expect(sent).toEqual([0, 0, 0, 0, 60]);
    expect(() => createRateBudget({ pointsPerMinute: 1 })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("leaves other hosts alone", async () => {
    const { budget, sent } = createWorld((count) => (count === 1 ? json({}, 429) : json({})));
    await budget.fetch(api, get);
    expect((await budget.fetch("https://ghcr.io/v2/", get)).status).toBe(200);
    expect(sent).toHaveLength(2);
  });

  it("is one for all adapters that share it", async () => {
    const clock = createVirtualClock({ auto: true });
    const github = createFakeGitHub(clock);
    const budget = createRateBudget({ fetch: github.fetch, clock });
    const createCi = () =>
      createGitHubCi({ repository: "o/n", token: testToken, fetch: budget.fetch, clock, throttle: false });
    github.intercept = () => json({ message: "rate limit" }, 403, { "retry-after": "60" });
    await expect(createCi().dispatch(testRequest)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    const { length } = github.sent;
    await expect(createCi().dispatch(testRequest)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: 60_000,
    });
    expect(github.sent).toHaveLength(length);
  });
});
