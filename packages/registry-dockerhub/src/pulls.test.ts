import { createManifestCache } from "@bayplan/runtime";
import { expect, it } from "vitest";
import { at, image, openHub } from "./testing/open-hub.ts";

const { name, tag, digest } = at("docker.io/bayplan/crane");

it("HEAD is free: resolving never takes a pull, also of an index and of many", async () => {
  const hub = openHub();
  const built = await image("crane", ["linux/amd64", "linux/arm64"]);
  await hub.simulator.store("bayplan/crane", built, ["1", "2", "3"]);
  await hub.registry.resolve(tag("1"));
  await hub.registry.resolve(digest(built));
  for await (const _ of hub.registry.resolveMany([tag("1"), tag("2"), tag("3")])) {
    // Only that it was asked.
  }
  expect(hub.count("registry-1.docker.io", "GET")).toBe(0);
  expect(hub.simulator.pulls("bayplan")).toBe(0);
  await hub.registry.fetchManifest(tag("1"));
  expect(hub.simulator.pulls("bayplan")).toBe(1);
});

it("shows what the rate-limit headers said last", async () => {
  const hub = openHub({ pullLimit: 5 });
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  expect(hub.anonymous.rateLimit()).toBeUndefined();
  await hub.anonymous.resolve(tag("1"));
  const shown = { limit: 5, windowSeconds: 21_600, source: "203.0.113.7", at: hub.clock.now() };
  expect(hub.anonymous.rateLimit()).toEqual({ ...shown, remaining: 5 });
  await hub.anonymous.fetchManifest(tag("1"));
  expect(hub.anonymous.rateLimit()).toEqual({ ...shown, remaining: 4 });
  // The account has a budget of its own.
  await hub.registry.resolve(tag("1"));
  expect(hub.registry.rateLimit()).toEqual({ ...shown, source: "bayplan", remaining: 5 });
});

it("knows no limit where none is said, or where it cannot be read", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  for (const limit of [null, "unlimited", "100", "-1;w=60"]) {
    hub.simulator.inject({
      match: { path: "/manifests/" },
      // The first is the challenge.
      times: 2,
      effect: { changeHeaders: { "ratelimit-limit": limit } },
    });
    await hub.anonymous.resolve(tag("1"));
    expect(hub.anonymous.rateLimit()).toBeUndefined();
    await hub.clock.advance(400_000);
  }
});

it("refuses a pull before nothing is left, asks again after a minute, and goes on resolving", async () => {
  const hub = openHub({ pullLimit: 3 });
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, ["1"]);
  const registry = hub.open({ keepPulls: 1 });
  await registry.fetchManifest(tag("1"));
  await registry.fetchManifest(tag("1"));
  const before = hub.sent.length;
  await expect(registry.fetchManifest(tag("1"))).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
  expect(hub.sent.length).toBe(before);
  expect(hub.simulator.pulls()).toBe(2);
  expect(await registry.resolve(tag("1"))).toMatchObject({ state: "present" });
  await hub.clock.advance(61_000);
  await registry.fetchManifest(tag("1"));
  expect(hub.simulator.pulls()).toBe(3);
  // The window is over: what was known says nothing any more.
  await hub.clock.advance(21_600_000);
  expect(await registry.fetchManifest(tag("1"))).toMatchObject({ descriptor: built.root.descriptor });
});

it("takes no pull for what the cache holds", async () => {
  const hub = openHub();
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, ["1"]);
  const registry = hub.open({ cache: createManifestCache() });
  for (let round = 0; round < 3; round += 1) await registry.fetchManifest(digest(built));
  expect(hub.simulator.pulls()).toBe(1);
});

it("reads the registry's own 429 as RATE_LIMITED, and learns from its headers", async () => {
  const hub = openHub({ pullLimit: 1 });
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  await hub.open().fetchManifest(tag("1"));
  const registry = hub.open();
  await expect(registry.fetchManifest(tag("1"))).rejects.toMatchObject({ code: "RATE_LIMITED", status: 429 });
  expect(registry.rateLimit()).toMatchObject({ limit: 1, remaining: 0 });
  const before = hub.sent.length;
  await expect(registry.fetchManifest(tag("1"))).rejects.toMatchObject({ code: "RATE_LIMITED" });
  expect(hub.sent.length).toBe(before);
});

it("dockerhub-plain-text-429: the abuse limit counts HEAD, too, and its text is no absence", async () => {
  const hub = openHub({ registryRequestLimit: 2 });
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  await hub.anonymous.resolve(tag("1"));
  const doomed = hub.anonymous.resolve(tag("none"));
  await expect(doomed).rejects.toMatchObject({ code: "RATE_LIMITED", status: 429 });
  await expect(hub.anonymous.fetchManifest(tag("1"))).rejects.toMatchObject({ code: "RATE_LIMITED", status: 429 });
});

it.each([
  ["text", "Too Many Requests (HAP429).\n"],
  ["JSON", '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}'],
])("dockerhub-plain-text-429: also from the token endpoint, as %s", async (_, body) => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  const fault = hub.simulator.inject({
    match: { path: /^\/token$/ },
    times: Number.POSITIVE_INFINITY,
    effect: { status: 429, body },
  });
  for (const registry of [hub.anonymous, hub.registry]) {
    await expect(registry.resolve(tag("1"))).rejects.toMatchObject({ code: "RATE_LIMITED" });
  }
  fault.remove();
  // It said nothing about the login: the same credentials may be sent again.
  expect(await hub.registry.resolve({ ...name, kind: "tag", tag: "1" })).toMatchObject({ state: "present" });
});
