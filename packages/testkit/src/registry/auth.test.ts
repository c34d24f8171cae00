import { mediaTypes } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { buildImage } from "../image/build-image.ts";
import { pullBase } from "../image/pull-base.ts";
import { pushImage } from "../image/push-image.ts";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import type { RegistryAuth } from "./auth.ts";

const users = { robot: "p:ss w0rd" };
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const right = basic("robot", users.robot);
const tokenIn = async (response: Response): Promise<string> => ((await response.json()) as { token: string }).token;
const list = "/v2/team/app/tags/list";

async function attempt(registry: TestRegistry, method: string, path: string, authorization?: string) {
  const headers = { accept: mediaTypes.ociManifest, ...(authorization === undefined ? {} : { authorization }) };
  const response = await registry.send(method, path, { headers });
  return { status: response.status, challenge: response.headers.get("www-authenticate") };
}

function openBearer(more: Partial<Extract<RegistryAuth, { kind: "bearer" }>> = {}) {
  const clock = createVirtualClock();
  const registry = openTestRegistry({ auth: { kind: "bearer", users, ...more }, clock });
  const askToken = (query: string, authorization?: string): Promise<Response> =>
    registry.send("GET", `/token?${query}`, { headers: authorization === undefined ? {} : { authorization } });
  const bearer = async (scope: string, authorization: string | undefined = right): Promise<string> =>
    `Bearer ${await tokenIn(await askToken(`service=bayplan-testkit&scope=${scope}`, authorization))}`;
  return { registry, clock, askToken, bearer };
}

describe("Basic authentication", () => {
  it("lets in who knows the password, and nobody else", async () => {
    const registry = openTestRegistry({ auth: { kind: "basic", users } });
    expect(await attempt(registry, "GET", "/v2/", right)).toMatchObject({ status: 200 });
    const refused = [undefined, basic("robot", "wrong"), basic("toString", ""), basic("", ""), "Bearer x", "Basic %%%"];
    for (const authorization of refused) {
      const { status, challenge } = await attempt(registry, "GET", "/v2/", authorization);
      expect([status, challenge]).toEqual([401, 'Basic realm="bayplan-testkit"']);
    }
    expect(registry.log.map((request) => request.user)).toEqual(["robot", ...refused.map(() => undefined)]);
    expect(JSON.stringify(registry.log)).not.toContain(users.robot);
  });
});

describe("bearer authentication", () => {
  it("challenges with realm, service and the scope that is needed", async () => {
    const { registry } = openBearer();
    const challengeOf = async (method: string, path: string): Promise<string | null> =>
      (await attempt(registry, method, path)).challenge;
    const start = 'Bearer realm="http://registry.test/token",service="bayplan-testkit"';
    expect(await challengeOf("GET", "/v2/")).toBe(start);
    expect(await challengeOf("GET", list)).toBe(`${start},scope="repository:team/app:pull"`);
    const uploads = "/v2/team/app/blobs/uploads/";
    expect(await challengeOf("POST", uploads)).toBe(`${start},scope="repository:team/app:pull,push"`);
    expect(await challengeOf("DELETE", "/v2/team/app/manifests/v1")).toBe(
      `${start},scope="repository:team/app:delete"`,
    );
    const mount = `${uploads}?mount=sha256:1&from=team/base`;
    expect(await challengeOf("POST", mount)).toContain('"repository:team/app:pull,push repository:team/base:pull"');
  });

  it("binds a token to its scopes: repository and action", async () => {
    const { registry, bearer } = openBearer();
    const pull = await bearer("repository:team/app:pull");
    expect((await attempt(registry, "GET", list, pull)).status).toBe(404);
    for (const [method, path] of [
      ["GET", "/v2/team/other/tags/list"],
      ["POST", "/v2/team/app/blobs/uploads/"],
      ["DELETE", "/v2/team/app/manifests/v1"],
    ] as const) {
      const { status, challenge } = await attempt(registry, method, path, pull);
      expect(status).toBe(401);
      expect(challenge).toContain('error="insufficient_scope"');
    }
    const both = await bearer("repository:team/app:pull,push&scope=repository:team/other:pull");
    expect((await attempt(registry, "POST", "/v2/team/app/blobs/uploads/", both)).status).toBe(202);
    expect((await attempt(registry, "GET", "/v2/team/other/tags/list", both)).status).toBe(404);
  });

  it("lets a token expire on the clock", async () => {
    const { registry, clock, bearer } = openBearer({ tokenLifetimeMs: 60_000 });
    const token = await bearer("repository:team/app:pull");
    await clock.advance(59_999);
    expect((await attempt(registry, "GET", list, token)).status).toBe(404);
    await clock.advance(1);
    const { status, challenge } = await attempt(registry, "GET", list, token);
    expect(status).toBe(401);
    expect(challenge).toContain('error="invalid_token"');
  });

  it("does not know made-up tokens, nor Basic where a token is wanted", async () => {
    const { registry } = openBearer();
    expect((await attempt(registry, "GET", list, "Bearer made-up")).status).toBe(401);
    expect((await attempt(registry, "GET", list, right)).status).toBe(401);
  });

  it("gives tokens with lifetime and issue time, only for the right password and its own service", async () => {
    const { askToken } = openBearer();
    const given = await askToken("service=bayplan-testkit", right);
    expect(await given.json()).toMatchObject({ expires_in: 300, issued_at: "2026-01-01T00:00:00Z" });
    expect((await askToken("service=bayplan-testkit", basic("robot", "wrong"))).status).toBe(401);
    expect((await askToken("service=bayplan-testkit")).status).toBe(401);
    expect((await askToken("service=other", right)).status).toBe(400);
    expect((await askToken("", right)).status).toBe(400);
  });

  it("gives anyone a token that pulls, and no more, where that is allowed", async () => {
    const { registry, askToken } = openBearer({ anonymousPull: true });
    const anonymous = await askToken("service=bayplan-testkit&scope=repository:team/app:pull,push");
    const token = `Bearer ${await tokenIn(anonymous)}`;
    expect((await attempt(registry, "GET", list, token)).status).toBe(404);
    expect((await attempt(registry, "GET", list)).status).toBe(401);
    expect((await attempt(registry, "POST", "/v2/team/app/blobs/uploads/", token)).challenge).toContain("insufficient");
    const wrong = await askToken("service=bayplan-testkit", basic("robot", "wrong"));
    expect(wrong.status).toBe(401);
  });

  it("gives its tokens elsewhere where a realm is set", async () => {
    const { registry } = openBearer({ realm: "https://auth.test/v1/auth", service: "registry.test" });
    const { challenge } = await attempt(registry, "GET", "/v2/");
    expect(challenge).toBe('Bearer realm="https://auth.test/v1/auth",service="registry.test"');
    const headers = { authorization: right };
    expect((await registry.fetch("https://auth.test/v1/auth?service=registry.test", { headers })).status).toBe(200);
    expect((await registry.fetch("https://auth.test/token?service=registry.test", { headers })).status).toBe(404);
  });

  it("keeps passwords and tokens out of the log, and the user in it", async () => {
    const { registry, bearer } = openBearer();
    const token = await bearer("repository:team/app:pull");
    await attempt(registry, "GET", list, token);
    const text = JSON.stringify(registry.log);
    expect(text).not.toContain(token.slice("Bearer ".length));
    expect(text).not.toContain(right.slice("Basic ".length));
    expect(registry.log.map((request) => request.user)).toEqual(["robot", "robot"]);
  });
});

describe("pushImage and pullBase", () => {
  for (const kind of ["none", "basic", "bearer"] as const) {
    it(`work against ${kind} authentication`, async () => {
      const registry = openTestRegistry({ auth: kind === "none" ? { kind } : { kind, users } });
      const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
      const access = { origin: "http://registry.test", fetch: registry.fetch };
      const credentials = { username: "robot", password: users.robot };
      await pushImage({ ...access, credentials, repository: "team/app", tag: "v1", image });
      expect((await pullBase({ ...access, credentials, reference: "team/app:v1" })).digest).toBe(image.digest);
      if (kind === "none") return;
      const wrong = { username: "robot", password: "wrong" };
      for (const bad of [{}, { credentials: wrong }]) {
        await expect(pullBase({ ...access, ...bad, reference: "team/app:v1" })).rejects.toMatchObject({
          code: "UNAUTHORIZED",
        });
      }
    });
  }
});
