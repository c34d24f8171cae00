import { inspect } from "node:util";
import { tagReference } from "@bayplan/core";
import { createEmbeddedRegistry, type RegistryAuth, serve } from "@bayplan/testkit";
import { afterEach, expect, it } from "vitest";
import { createOciRegistry, type OciRegistryOptions } from "./create-oci-registry.ts";
import { manifestOf, startScripted } from "./testing/scripted-registry.ts";
import { parseRealm } from "./token-endpoint.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
const users = { bayplan: "dummy-password" };
const credentials = { username: "bayplan", password: "dummy-password" };

async function start(auth: RegistryAuth, options: Partial<OciRegistryOptions> = {}) {
  const embedded = createEmbeddedRegistry({ auth });
  const served = await serve(embedded.fetch);
  const registry = createOciRegistry({ hosts: [served.host], ...options });
  cleanUps.push(served.close, registry.close);
  const at = (repository: string) => tagReference({ registry: served.host, repository }, "v1");
  const statuses = () => embedded.log.map((request) => request.status);
  return { ...embedded, served, registry, at, statuses };
}

it("learns the challenge once and asks for one token per repository, however many callers there are", async () => {
  const { registry, at, log } = await start({ kind: "bearer", users }, { credentials });
  const references = [1, 2, 3, 4, 5].flatMap((number) => Array.from({ length: 10 }, () => at(`team/app${number}`)));
  const all = await Promise.all(references.map((reference) => registry.resolve(reference)));
  expect(all.every((one) => one.state === "absent")).toBe(true);
  expect(log.filter((request) => request.status === 401)).toHaveLength(1);
  expect(log.filter((request) => request.path === "/token")).toHaveLength(5);
  expect(log).toHaveLength(1 + 5 + 50);
});

it("keeps a token request alive for the others when the caller that began it cancels", async () => {
  const { registry, at, inject, log } = await start({ kind: "bearer", users }, { credentials });
  const controller = new AbortController();
  inject({ match: { path: "/token" }, effect: { before: async () => controller.abort() } });
  const first = registry.resolve(at("team/app"), { signal: controller.signal });
  const others = [registry.resolve(at("team/app")), registry.resolve(at("team/app"))];
  await expect(first).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await Promise.all(others)).toEqual([{ state: "absent" }, { state: "absent" }]);
  expect(log.filter((request) => request.path === "/token")).toHaveLength(1);
});

it("authenticates by Basic without a token, and sends no credentials before they are asked for", async () => {
  const { registry, at, log, statuses } = await start({ kind: "basic", users }, { credentials });
  await registry.resolve(at("a/b"));
  await registry.resolve(at("c/d"));
  expect(statuses()).toEqual([401, 404, 404]);
  expect(log[0]?.user).toBeUndefined();
});

it.each([
  ["Basic, wrong password", { kind: "basic", users }, { username: "bayplan", password: "wrong-dummy" }, 2],
  ["Basic, anonymous", { kind: "basic", users }, undefined, 1],
  ["Bearer, wrong password", { kind: "bearer", users }, { username: "bayplan", password: "wrong-dummy" }, 2],
  ["Bearer, anonymous", { kind: "bearer", users }, undefined, 2],
  ["Bearer, wrong static token", { kind: "bearer", users }, { token: "wrong-dummy" }, 2],
] as const)("says UNAUTHORIZED and stops asking: %s", async (_, auth, given, requests) => {
  const { registry, at, log } = await start(auth, given === undefined ? {} : { credentials: given });
  const error = await registry.resolve(at("a/b")).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "UNAUTHORIZED" });
  expect(log).toHaveLength(requests);
  expect(inspect(error, { depth: 20 })).not.toContain("dummy");
});

it("asks a credentials function again when Basic credentials are refused", async () => {
  const asked: boolean[] = [];
  const { registry, at } = await start(
    { kind: "basic", users },
    {
      credentials: async (_, { refresh }) => {
        asked.push(refresh);
        return { username: "bayplan", password: refresh ? "dummy-password" : "old-dummy" };
      },
    },
  );
  expect(await registry.resolve(at("a/b"))).toEqual({ state: "absent" });
  expect(asked).toEqual([false, true]);
});

it("renews a revoked token once, and then believes the refusal", async () => {
  let accepted = "token-1";
  let given = 0;
  await using scripted = await startScripted(
    (request) => {
      if (request.path.startsWith("/token"))
        return Response.json({ access_token: `token-${++given}`, expires_in: 3600 });
      if (request.authorization === `Bearer ${accepted}`) return new Response(null, { status: 404 });
      const challenge = `Basic realm="x", Bearer realm="http://${scripted.host}/token",service="s"`;
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    },
    { credentials },
  );
  const reference = tagReference({ registry: scripted.host, repository: "a/b" }, "v1");
  expect(await scripted.registry.resolve(reference)).toEqual({ state: "absent" });
  accepted = "token-2";
  expect(await scripted.registry.resolve(reference)).toEqual({ state: "absent" });
  expect(given).toBe(2);
  accepted = "none";
  await expect(scripted.registry.resolve(reference)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(given).toBe(3);
  const token = scripted.seen.find((request) => request.path.startsWith("/token"));
  expect(token?.path).toBe("/token?service=s&scope=repository%3Aa%2Fb%3Apull");
  expect(token?.authorization).toMatch(/^Basic /);
});

it("forgets a token when it expires, 60 seconds at the earliest", async () => {
  let given = 0;
  await using scripted = await startScripted((request) => {
    if (request.path.startsWith("/token")) {
      given += 1;
      return Response.json({ token: "t", expires_in: given === 1 ? 1 : 3600, issued_at: "long ago" });
    }
    const challenge = { "www-authenticate": `Bearer realm="http://${scripted.host}/token"` };
    return new Response(null, request.authorization === null ? { status: 401, headers: challenge } : { status: 404 });
  });
  const reference = tagReference({ registry: scripted.host, repository: "a/b" }, "v1");
  const resolveAfter = async (ms: number) => {
    await scripted.clock.advance(ms);
    await scripted.registry.resolve(reference);
    return given;
  };
  expect([await resolveAfter(0), await resolveAfter(50_000), await resolveAfter(10_000)]).toEqual([1, 1, 2]);
  expect([await resolveAfter(3_000_000), await resolveAfter(600_000)]).toEqual([2, 3]);
});

it.each([
  [404, "RESPONSE_INVALID"],
  [400, "RESPONSE_INVALID"],
  [429, "RATE_LIMITED"],
  [500, "UNAVAILABLE"],
  [200, "RESPONSE_INVALID"],
])("a token endpoint's %i is %s, never an absent image", async (status, code) => {
  await using scripted = await startScripted((request) => {
    if (request.path.startsWith("/token")) return new Response("{}", { status });
    return new Response(null, {
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${scripted.host}/token"` },
    });
  });
  const name = { registry: scripted.host, repository: "a/b" };
  await expect(scripted.registry.resolve(tagReference(name, "v1"))).rejects.toMatchObject({ code });
  await expect(scripted.registry.fetchManifest(tagReference(name, "v1"))).rejects.toMatchObject({ code });
  await expect(scripted.registry.listTags(name)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code });
});

it.each([
  ["https://registry.example/", "https://auth.example/token", true],
  ["https://registry.example/", "/token", true],
  ["http://127.0.0.1:5000/", "http://127.0.0.1:5001/token", true],
  ["http://registry.example/", "http://registry.example/token", true],
  ["https://registry.example/", "http://auth.example/token", false],
  ["https://registry.example/", "http://registry.example/token", false],
  ["https://registry.example/", "http://127.0.0.1/token", false],
  ["https://registry.example/", "https://127.0.0.1/token", false],
  ["https://registry.example/", "https://169.254.169.254/token", false],
  ["https://registry.example/", "https://[::1]/token", false],
  ["https://registry.example/", "https://user:secret@auth.example/token", false],
  ["https://registry.example/", "ftp://auth.example/token", false],
  ["https://registry.example/", undefined, false],
])("for %s the realm %s is accepted: %s", (registry, realm, accepted) => {
  const parse = () => parseRealm(realm, new URL(registry)).href;
  if (accepted) expect(parse()).toBe(new URL(realm ?? "", registry).href);
  else expect(parse).toThrow(expect.objectContaining({ code: "RESPONSE_INVALID" }));
});

it("does not take the 401 of a store it was redirected to for its own", async () => {
  await using store = await startScripted(
    () => new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } }),
  );
  await using scripted = await startScripted(
    () => new Response(null, { status: 307, headers: { location: `${store.origin}/blob` } }),
    { credentials },
  );
  const reference = tagReference({ registry: scripted.host, repository: "a/b" }, "v1");
  await expect(scripted.registry.resolve(reference)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(store.seen).toHaveLength(1);
  expect(store.seen[0]?.authorization).toBeNull();
});

it("spends one request per reference once a host is known to be open", async () => {
  const { headers } = manifestOf("x");
  await using scripted = await startScripted(
    () => new Response(null, { headers: { ...headers, "content-length": "5" } }),
  );
  await Promise.all(
    [1, 2, 3, 4].map((tag) =>
      scripted.registry.resolve(tagReference({ registry: scripted.host, repository: "a/b" }, `v${tag}`)),
    ),
  );
  expect(scripted.seen).toHaveLength(4);
});

it("refuses contradictory options", () => {
  const invalid = expect.objectContaining({ code: "INVALID_INPUT" });
  expect(() => createOciRegistry({ hosts: [] })).toThrow(invalid);
  expect(() => createOciRegistry({ hosts: ["https://registry.example"] })).toThrow(invalid);
  expect(() => createOciRegistry({ hosts: ["registry.example/path"] })).toThrow(invalid);
});

it("pulls with a token that may also push, instead of asking for a lesser one", async () => {
  const { registry, at, log } = await start({ kind: "bearer", users }, { credentials });
  const { bytes, descriptor } = manifestOf("x");
  await registry.putManifest(at("a/b"), { bytes, descriptor }).catch(() => {});
  await registry.resolve(at("a/b"));
  expect(
    log
      .filter((request) => request.path === "/token")
      .map((request) => new URLSearchParams(request.query).get("scope")),
  ).toEqual(["repository:a/b:pull,push"]);
});
