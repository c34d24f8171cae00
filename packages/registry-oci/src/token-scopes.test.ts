import { inspect } from "node:util";
import { tagReference } from "@bayplan/core";
import { expect, it } from "vitest";
import { type Script, startScripted } from "./testing/scripted-registry.ts";

const challenged = (challenge: string) =>
  new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
const scopesOf = (path: string) => new URL(path, "http://registry.test").searchParams.getAll("scope");

async function resolve(scripted: { registry: { resolve: (r: never) => Promise<unknown> }; host: string }, tag = "v1") {
  const reference = tagReference({ registry: scripted.host, repository: "a/b" }, tag);
  return await scripted.registry.resolve(reference as never);
}

/** A registry whose manifests take only the tokens that `isGood`; the endpoint numbers its tokens. */
function tokenScript(isGood: (authorization: string, index: number) => boolean, more = ""): Script {
  let given = 0;
  return (request, index) => {
    if (request.path.startsWith("/token")) return Response.json({ token: `t${++given}`, expires_in: 300 });
    if (request.authorization !== null && isGood(request.authorization, index))
      return new Response(null, { status: 404 });
    return challenged(`Bearer realm="/token"${request.authorization === null ? "" : more}`);
  };
}

it("asks once more with the scopes of a challenge that says insufficient_scope, its own first", async () => {
  const wanted =
    ',error="insufficient_scope",scope="repository:c/d:pull repository:user/image:pull repository:a/b:push"';
  await using scripted = await startScripted(tokenScript((authorization) => authorization === "Bearer t2", wanted));
  expect(await resolve(scripted)).toEqual({ state: "absent" });
  const tokens = scripted.seen.filter((request) => request.path.startsWith("/token"));
  expect(tokens.map((request) => scopesOf(request.path))).toEqual([
    ["repository:a/b:pull"],
    ["repository:a/b:pull,push", "repository:c/d:pull"],
  ]);
  // The wider token serves from now on.
  await resolve(scripted, "v2");
  expect(scripted.seen.filter((request) => request.path.startsWith("/token"))).toHaveLength(2);
});

it.each([
  ["what it has already", ',error="insufficient_scope",scope="repository:a/b:pull"'],
  ["a placeholder", ',error="insufficient_scope",scope="repository:user/image:pull"'],
  ["ever more", ',error="insufficient_scope",scope="repository:c/d:pull"'],
])("stops asking when insufficient_scope names %s", async (_, more) => {
  await using scripted = await startScripted(tokenScript(() => false, more));
  await expect(resolve(scripted)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(scripted.seen.filter((request) => request.path.startsWith("/token")).length).toBeLessThanOrEqual(2);
});

it("gives a fresh token that is called invalid a second: the clocks of registry and endpoint disagree", async () => {
  await using scripted = await startScripted(tokenScript((_, index) => index >= 3, ',error="invalid_token"'));
  const before = Date.parse(scripted.clock.now());
  expect(await resolve(scripted)).toEqual({ state: "absent" });
  expect(Date.parse(scripted.clock.now()) - before).toBe(1_000);
  expect(scripted.seen.filter((request) => request.path.startsWith("/token"))).toHaveLength(1);
});

it("exchanges an identity token by POST, and by GET where there is no OAuth2", async () => {
  const credentials = { identityToken: "dummy-identity" };
  for (const oauth of [true, false]) {
    await using scripted = await startScripted(
      (request) => {
        if (request.method === "POST" && !oauth) return new Response(null, { status: 404 });
        if (request.path.startsWith("/token")) return Response.json({ access_token: "t", expires_in: 300 });
        if (request.authorization === "Bearer t") return new Response(null, { status: 404 });
        return challenged('Bearer realm="/token",service="s"');
      },
      { credentials },
    );
    expect(await resolve(scripted)).toEqual({ state: "absent" });
    const [post, get] = scripted.seen.filter((request) => request.path.startsWith("/token"));
    expect(Object.fromEntries(new URLSearchParams(post?.body))).toEqual({
      grant_type: "refresh_token",
      client_id: "bayplan",
      refresh_token: "dummy-identity",
      service: "s",
      scope: "repository:a/b:pull",
    });
    expect(post?.authorization).toBeNull();
    const basic = `Basic ${Buffer.from("<token>:dummy-identity").toString("base64")}`;
    expect(get?.authorization).toBe(oauth ? undefined : basic);
  }
});

it.each([307, 308])("does not take an identity token along a %i to another server", async (status) => {
  await using thief = await startScripted(() => Response.json({ token: "t" }));
  await using scripted = await startScripted(
    (request) =>
      request.path.startsWith("/token")
        ? new Response(null, { status, headers: { location: `${thief.origin}/token` } })
        : challenged('Bearer realm="/token"'),
    { credentials: { identityToken: "dummy-identity" } },
  );
  const error = await resolve(scripted).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
  expect(thief.seen).toHaveLength(0);
  expect(inspect(error, { depth: 9 })).not.toContain("dummy-identity");
});

it("says UNAUTHORIZED when the identity token is refused", async () => {
  await using scripted = await startScripted(
    (request) =>
      request.path.startsWith("/token")
        ? Response.json({ error: "invalid_grant" }, { status: 400 })
        : challenged('Bearer realm="/token"'),
    { credentials: { identityToken: "dummy-identity" } },
  );
  await expect(resolve(scripted)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});
