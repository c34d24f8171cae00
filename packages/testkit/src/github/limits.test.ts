import { describe, expect, it } from "vitest";
import { openTestGitHub, type TestGitHub } from "../testing/open-test-github.ts";

interface Refusal {
  readonly message: string;
  readonly documentation_url: string;
  readonly status: string;
}

const read = (github: TestGitHub): Promise<Response> => github.send("GET", "/actions/runs");
const bodyOf = async (response: Response): Promise<Refusal> => (await response.json()) as Refusal;

describe("the limit per hour", () => {
  it("is refused with 403, its headers, and GitHub's words, until its window is over", async () => {
    const github = openTestGitHub({ rateLimit: 1 });
    await read(github);
    const refused = await read(github);
    expect(refused.status).toBe(403);
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      "x-ratelimit-limit": "1",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-resource": "core",
      "x-ratelimit-reset": String(Date.parse("2026-01-01T01:00:00Z") / 1000),
    });
    expect(refused.headers.has("retry-after")).toBe(false);
    const body = await bodyOf(refused);
    expect(body.message).toMatch(/^API rate limit exceeded for installation\. .* timestamp 2026-01-01 00:00:00 UTC\.$/);
    expect(body).toMatchObject({ status: "403", documentation_url: expect.stringContaining("rate-limits") });
    await github.clock.sleep(3_600_000);
    expect((await read(github)).status).toBe(200);
  });

  it("names the user of a personal token, and is shown without being spent", async () => {
    const github = openTestGitHub({ rateLimit: 1, tokenKind: "fine-grained" });
    const shown = () => github.send("GET", "https://api.github.com/rate_limit");
    expect(await (await shown()).json()).toMatchObject({ resources: { core: { limit: 1, remaining: 1 } } });
    expect(await (await shown()).json()).toMatchObject({ rate: { used: 0 } });
    await read(github);
    expect((await bodyOf(await read(github))).message).toMatch(/^API rate limit exceeded for user ID \d+\. /);
    expect((await shown()).status).toBe(200);
  });

  it("is spent neither by 304 nor by listings that did not change", async () => {
    const github = openTestGitHub({ rateLimit: 2 });
    const etag = (await read(github)).headers.get("etag") ?? "";
    for (const given of [etag, etag.replace(/^W\//, ""), `"x", ${etag}`, "*"]) {
      const again = await github.send("GET", "/actions/runs", { headers: { "if-none-match": given } });
      expect([again.status, again.headers.get("x-ratelimit-remaining"), again.headers.get("etag")]).toEqual([
        304,
        "1",
        etag,
      ]);
    }
    const other = await github.send("GET", "/actions/runs", { headers: { "if-none-match": '"x"' } });
    expect([other.status, other.headers.get("x-ratelimit-remaining")]).toEqual([200, "0"]);
  });
});

describe("the secondary limits", () => {
  it("count 1 for a read and 5 for a write, per minute", async () => {
    const github = openTestGitHub({ secondaryLimits: { pointsPerMinute: 11 } });
    const write = () => github.dispatch({ ref: "main", inputs: { key: "k" } });
    const statuses = [(await write()).status, (await write()).status, (await read(github)).status];
    const refused = await read(github);
    expect([...statuses, refused.status]).toEqual([204, 204, 200, 403]);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(refused.headers.get("x-ratelimit-remaining")).not.toBe("0");
    expect((await bodyOf(refused)).message).toMatch(/^You have exceeded a secondary rate limit\. .* UTC\.$/);
    expect(github.runs).toHaveLength(2);
    await github.clock.sleep(60_000);
    expect((await write()).status).toBe(204);
  });

  it("allow so many at once, and are 900 points and 100 at once unless told otherwise", async () => {
    const github = openTestGitHub();
    const atOnce = (count: number) => Promise.all(Array.from({ length: count }, () => read(github)));
    const refused = (await atOnce(101)).filter(({ status }) => status === 403);
    expect(refused).toHaveLength(1);
    for (let round = 0; round < 8; round++) await atOnce(100);
    expect((await read(github)).status).toBe(403);
    const unlimited = openTestGitHub({ secondaryLimits: false });
    const all = await Promise.all(Array.from({ length: 1000 }, () => read(unlimited)));
    expect(all.every(({ status }) => status === 200)).toBe(true);
  });

  it("may count dispatches", async () => {
    const github = openTestGitHub({ secondaryLimits: { dispatchesPerMinute: 1 } });
    const body = { ref: "main", inputs: { key: "k" } };
    expect([(await github.dispatch(body)).status, (await github.dispatch(body)).status]).toEqual([204, 403]);
    expect((await read(github)).status).toBe(200);
  });
});

describe("a limit that a test asks for", () => {
  it("comes as it is asked for, so many times, and nothing is done", async () => {
    const github = openTestGitHub();
    github.limit({ times: 2, status: 429, retryAfterS: null });
    github.limit({ kind: "primary" });
    const dispatch = () => github.dispatch({ ref: "main", inputs: { key: "k" } });
    const answers = [await dispatch(), await dispatch(), await dispatch(), await dispatch()];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 403, 204]);
    expect(answers[0]?.headers.has("retry-after")).toBe(false);
    expect(answers[2]?.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(github.runs).toHaveLength(1);
  });
});
