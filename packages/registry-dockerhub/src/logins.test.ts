import { isBayplanError } from "@bayplan/core";
import { expect, it } from "vitest";
import { at, drain, image, openHub, organizationToken, password } from "./testing/open-hub.ts";

const { name, tag } = at("docker.io/bayplan/crane");
const wrong = "wrong-dummy-password";

/** Requests that carried the password: to the token endpoint, or to the login of the Hub API. */
function logins(hub: ReturnType<typeof openHub>): number {
  return hub.sent.filter(
    (one) => one.path === "/v2/auth/token" || (one.host === "auth.docker.io" && one.authorization !== undefined),
  ).length;
}

it("dockerhub-login-lockout: a wrong password is sent once in ten minutes, to whichever host", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  const registry = hub.open({ username: "bayplan", password: wrong });
  const unauthorized = { code: "UNAUTHORIZED", status: 401 };
  const questions = () => [
    registry.resolve(tag("1")),
    registry.resolve(at("docker.io/bayplan/other").tag("1")),
    drain(registry.inventory.list(name)),
    drain(registry.resolveMany([at("docker.io/bayplan/a").tag("1"), at("docker.io/bayplan/b").tag("1")])).then(
      (answers) => {
        for (const [, answer] of answers) if (answer.state === "unknown") throw answer.error;
      },
    ),
  ];
  for (const question of questions()) await expect(question).rejects.toMatchObject(unauthorized);
  expect(logins(hub)).toBe(1);
  await hub.clock.advance(590_000);
  for (const question of questions()) await expect(question).rejects.toMatchObject(unauthorized);
  expect(logins(hub)).toBe(1);
  await hub.clock.advance(11_000);
  await expect(registry.resolve(tag("1"))).rejects.toMatchObject(unauthorized);
  expect(logins(hub)).toBe(2);
  // The account was not locked by us.
  expect(await hub.registry.resolve(tag("1"))).toMatchObject({ state: "present" });
});

it("says how long it will not try again, and never the password", async () => {
  const hub = openHub();
  const registry = hub.open({ username: "bayplan", password: wrong });
  await registry.resolve(tag("1")).catch(() => {});
  await hub.clock.advance(60_000);
  const error = await registry.resolve(tag("1")).catch((thrown: unknown) => thrown);
  expect(isBayplanError(error) && error.retryAfterMs).toBe(540_000);
  const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
  expect(shown).not.toContain(wrong);
  expect(shown).not.toContain(Buffer.from(`bayplan:${wrong}`).toString("base64"));
});

it("dockerhub-login-lockout: a locked account is left alone, although the password is right", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  // Five others who have an old password.
  for (let other = 0; other < 5; other += 1) {
    await hub
      .open({ username: "bayplan", password: wrong })
      .resolve(tag("1"))
      .catch(() => {});
  }
  const before = logins(hub);
  await expect(hub.registry.resolve(tag("1"))).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 600_000 });
  await expect(drain(hub.registry.inventory.list(name))).rejects.toMatchObject({ code: "RATE_LIMITED" });
  expect(logins(hub)).toBe(before + 1);
  await hub.clock.advance(601_000);
  expect(await hub.registry.resolve(tag("1"))).toMatchObject({ state: "present" });
});

it("sends the first login alone, however many ask", async () => {
  const hub = openHub();
  const registry = hub.open({ username: "bayplan", password: wrong });
  const names = Array.from({ length: 20 }, (_, index) => at(`docker.io/bayplan/image-${index}`));
  const results = await Promise.allSettled([
    ...names.map((one) => registry.resolve(one.tag("1"))),
    ...names.map((one) => drain(registry.inventory.list(one.name))),
  ]);
  expect(results.every((result) => result.status === "rejected")).toBe(true);
  expect(logins(hub)).toBe(1);
});

it("meets a login that is lost or overloaded as any other request", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  hub.simulator.inject({ match: { path: /^\/token$/ }, times: 2, effect: { status: 503 } });
  expect(await hub.registry.resolve(tag("1"))).toMatchObject({ state: "present" });
  hub.simulator.inject({ match: { path: /^\/v2\/auth\/token$/ }, effect: { reset: true } });
  expect(await drain(hub.open({ username: "bayplan", password }).inventory.list(name))).toHaveLength(1);
});

it("logs in to the Hub API once for all, with the token in no other place than there", async () => {
  const hub = openHub();
  for (const other of ["bayplan/crane", "bayplan/winch"]) await hub.simulator.store(other, await image(other), ["1"]);
  const winch = at("docker.io/bayplan/winch").name;
  await Promise.all([drain(hub.registry.inventory.list(name)), drain(hub.registry.inventory.list(winch))]);
  await hub.registry.listTags(name)[Symbol.asyncIterator]().next();
  expect(hub.sent.filter((one) => one.path === "/v2/auth/token")).toHaveLength(1);
  const tokensOf = (host: string) =>
    new Set(hub.sent.filter((one) => one.host === host).flatMap(({ authorization = "" }) => authorization));
  const [api, registry] = [tokensOf("hub.docker.com"), tokensOf("registry-1.docker.io")];
  const isBearer = (header: string) => header.startsWith("Bearer ");
  expect([...api].filter(isBearer)).toHaveLength(1);
  expect([...registry].filter(isBearer).length).toBeGreaterThan(0);
  expect([...api].filter((header) => isBearer(header) && registry.has(header))).toEqual([]);
  // The password goes to the two that give tokens, and nowhere else.
  const basic = hub.sent.filter((one) => one.authorization?.startsWith("Basic "));
  expect(new Set(basic.map((one) => one.host))).toEqual(new Set(["auth.docker.io"]));
});

it("renews the Hub API's token before its end, and once when it is refused", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  const logged = () => hub.sent.filter((one) => one.path === "/v2/auth/token").length;
  const list = () => drain(hub.registry.inventory.list(name));
  await list();
  await hub.clock.advance(580_000);
  await list();
  expect(logged()).toBe(1);
  await hub.clock.advance(6_000);
  await list();
  expect(logged()).toBe(2);
  const refuse = { match: { path: /\/tags$/ }, effect: { status: 401, body: "{}" } };
  hub.simulator.inject({ ...refuse, times: 1 });
  expect(await list()).toHaveLength(1);
  expect(logged()).toBe(3);
  hub.simulator.inject({ ...refuse, times: 2 });
  await expect(list()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(logged()).toBe(4);
});

it("uses the Hub API anonymously for what is public, without credentials", async () => {
  const hub = openHub();
  await hub.simulator.store("library/nginx", await image("nginx"), ["1"]);
  expect(await drain(hub.anonymous.inventory.list(at("docker.io/library/nginx").name))).toHaveLength(1);
  expect(hub.sent.filter((one) => one.host === "hub.docker.com").map((one) => one.authorization)).toEqual([undefined]);
});

it("logs in as an organisation with its access token, for both", async () => {
  const hub = openHub();
  const crane = at("docker.io/harbour/crane");
  await hub.simulator.store("harbour/crane", await image("crane"), ["1"]);
  hub.simulator.setPrivate("harbour/crane", true);
  const registry = hub.open({ username: "harbour", password: organizationToken });
  expect(await registry.resolve(crane.tag("1"))).toMatchObject({ state: "present" });
  expect(await drain(registry.inventory.list(crane.name))).toHaveLength(1);
});

it("dockerhub-fresh-token-invalid: tries a token that was made this moment once more", async () => {
  const hub = openHub({ quirks: ["dockerhub-missing-is-401", "dockerhub-fresh-token-invalid"] });
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  expect(await hub.registry.resolve(tag("1"))).toMatchObject({ state: "present" });
  expect(logins(hub)).toBe(1);
});

it("shows no secret that Docker Hub repeats in a refusal", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  const list = () => drain(hub.registry.inventory.list(name)).catch((thrown: unknown) => thrown);
  const shownOf = (error: unknown) => JSON.stringify(error, Object.getOwnPropertyNames(error));
  const match = { path: /^\/v2\/auth\/token$/ };
  hub.simulator.inject({ match, effect: { status: 400, body: `{"detail":"no such secret: ${password}"}` } });
  const refused = await list();
  expect(refused).toMatchObject({ code: "RESPONSE_INVALID", status: 400 });
  expect(shownOf(refused)).not.toContain(password);
  await list();
  const bearer = hub.sent.findLast((one) => one.host === "hub.docker.com")?.authorization ?? "";
  expect(bearer).toMatch(/^Bearer ./);
  hub.simulator.inject({ match: { path: /\/tags$/ }, effect: { status: 403, body: `{"detail":"${bearer}"}` } });
  const denied = await list();
  expect(denied).toMatchObject({ code: "DENIED", status: 403 });
  expect(shownOf(denied)).not.toContain(bearer.slice(7));
});
