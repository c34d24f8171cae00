import { inspect } from "node:util";
import type { FetchLikeInit } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { requestOidcToken } from "./oidc-token.ts";
import { json } from "./testing/fake-github.ts";

const bearer = "runner-secret-0123456789";
const env = {
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://run-actions.example/token?api-version=2.0",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
};
function createWorld(answer: (count: number) => Response = () => json({ value: "header.body.signature" })) {
  const sent: { url: URL; init: FetchLikeInit }[] = [];
  const fetch = async (url: string, init: FetchLikeInit): Promise<Response> => {
    sent.push({ url: new URL(url), init });
    return answer(sent.length);
  };
  return { sent, options: { audience: "sts.amazonaws.com", env, fetch, clock: createVirtualClock({ auto: true }) } };
}

describe("requestOidcToken", () => {
  it("asks for the audience and gives the token", async () => {
    const { sent, options } = createWorld();
    expect(await requestOidcToken({ ...options, audience: "a&b=c" })).toBe("header.body.signature");
    expect(sent[0]?.url.searchParams.get("audience")).toBe("a&b=c");
    expect(sent[0]?.url.searchParams.get("api-version")).toBe("2.0");
    expect(sent[0]?.init.headers).toMatchObject({ authorization: `Bearer ${bearer}` });
  });

  it("says which permission is missing when the runner offers none", async () => {
    const { sent, options } = createWorld();
    await expect(requestOidcToken({ ...options, env: {} })).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining("id-token: write"),
    });
    expect(sent).toEqual([]);
  });

  it("tries again after a failure that passes", async () => {
    const { sent, options } = createWorld((count) => (count < 3 ? json({}, 503) : json({ value: "x" })));
    expect(await requestOidcToken(options)).toBe("x");
    expect(sent).toHaveLength(3);
  });

  it.each<[string, () => Response, string]>([
    ["403", () => json({ message: bearer }, 403), "DENIED"],
    ["429", () => json({}, 429), "UNAVAILABLE"],
    ["404", () => json({}, 404), "RESPONSE_INVALID"],
    ["no token", () => json({ value: "" }), "RESPONSE_INVALID"],
    ["no JSON", () => new Response("<html>"), "RESPONSE_INVALID"],
    [
      "a redirect elsewhere",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
      "RESPONSE_INVALID",
    ],
  ])("fails on %s without showing a secret", async (_, answer, code) => {
    const { sent, options } = createWorld(answer);
    const error: unknown = await requestOidcToken(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 10 })).not.toContain(bearer);
    expect(sent.every(({ url }) => url.host === "run-actions.example")).toBe(true);
  });

  it.each([
    { audience: " " },
    { audience: "a\nb" },
    { env: { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: "http://run-actions.example/" } },
    { env: { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "a\nb" } },
  ])("sends nothing for %j", async (change) => {
    const { sent, options } = createWorld();
    await expect(requestOidcToken({ ...options, ...change })).rejects.toBeInstanceOf(Error);
    expect(sent).toEqual([]);
  });
});
