import type { CallOptions } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import type { Credentials } from "./credentials.ts";
import { at, each, images, names, openOdd, statesOfMany } from "./testing/many-references.ts";
import { createOddRegistry, type OddRegistry, type TokenManners } from "./testing/odd-tokens.ts";

const credentials = { username: "bayplan", password: "dummy-password" };
const single = (odd: OddRegistry) => odd.tokenRequests().filter((scopes) => scopes.length === 1);
const scope = (name: string) => `repository:${name}:pull`;

describe("a token for several repositories", () => {
  it("is asked for with the repository in need first, the next ones in their order", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(60), ["v1"]));
    const mixed = [...names(60).slice(30), ...names(60).slice(0, 30)];
    await statesOfMany(openOdd(odd), each(mixed, ["v1"]));
    expect(odd.tokenRequests()).toEqual([0, 25, 50].map((from) => mixed.slice(from, from + 25).map(scope)));
  });

  it("is asked for by a request line of at most 8 kB", async () => {
    const odd = createOddRegistry();
    const long = names(50, "team/".padEnd(120, "long/") + "x".repeat(100));
    await odd.publish(images(long, ["v1"]));
    expect(new Set(Object.values(await statesOfMany(openOdd(odd), each(long, ["v1"]))))).toEqual(new Set(["present"]));
    const lengths = odd.seen.filter(({ path }) => path === "/token").map(({ urlLength }) => urlLength);
    expect(Math.max(...lengths)).toBeLessThan(6_500);
    expect(odd.tokenRequests()).toHaveLength(3);
  });

  it("serves `resolve` that comes meanwhile and later, and the other way round", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(10), ["v1"]));
    const registry = openOdd(odd);
    await registry.resolve(at("team/app-000", "v1"));
    const meanwhile: Promise<{ readonly state: string }>[] = [];
    const ask = () => void meanwhile.push(...names(10).map((name) => registry.resolve(at(name, "v1"))));
    odd.embedded.inject({ match: { path: "/token" }, effect: { before: ask } });
    await statesOfMany(registry, each(names(10), ["v1"]));
    expect((await Promise.all(meanwhile)).map(({ state }) => state)).toEqual(Array(10).fill("present"));
    for (const name of names(10)) await registry.fetchManifest(at(name, "v1"));
    expect(odd.tokenRequests()).toEqual([[scope("team/app-000")], names(10).slice(1).map(scope)]);
  });

  it("goes on for the others when the one who asked for it cancels", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(10), ["v1"]));
    const registry = openOdd(odd);
    const controller = new AbortController();
    const { signal } = controller;
    const abort = { before: async () => controller.abort() };
    odd.embedded.inject({ match: { path: "/token" }, effect: abort });
    const cancelled = statesOfMany(registry, each(names(10), ["v1"]), { signal });
    const other = statesOfMany(registry, each(names(10), ["v1"]));
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(Object.values(await other)).toEqual(Array(10).fill("present"));
    expect(odd.tokenRequests()).toEqual([names(10).map(scope)]);
  });

  it("is for one identity", async () => {
    const odd = createOddRegistry({}, { auth: { users: { ...{ bayplan: "dummy-password" }, other: "dummy-other" } } });
    const [ours, theirs, broken] = [names(20, "ours/app"), names(20, "theirs/app"), ["broken/app"]];
    await odd.publish({ ...images(ours, ["v1"]), ...images(theirs, ["v1"]), ...images(broken, ["v1"]) });
    const registry = openOdd(odd, {
      credentials: async (_, { repository = "" }): Promise<Credentials | undefined> => {
        if (repository.startsWith("ours/")) return credentials;
        if (repository.startsWith("theirs/")) return { username: "other", password: "dummy-other" };
        throw Object.assign(new Error("no helper"), { code: "INVALID_INPUT" });
      },
    });
    const interleaved = ours.flatMap((name, index) => [at(name, "v1"), at(theirs[index] ?? "", "v1")]);
    expect(Object.values(await statesOfMany(registry, interleaved))).toEqual(Array(40).fill("present"));
    for (const scopes of odd.tokenRequests()) {
      expect(new Set(scopes.map((one) => one.split("/")[0])).size).toBe(1);
    }
    expect(odd.tokenRequests().length).toBeLessThanOrEqual(6);
    expect(odd.tokenRequests().flat()).toHaveLength(40);
  });

  it("is not asked for repositories with a ready-made token, nor held up by those whose credentials fail", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(6), ["v1"]));
    const registry = openOdd(odd, {
      tokenRefusal: "repository",
      credentials: async (_, { repository }): Promise<Credentials | undefined> => {
        if (repository === "team/app-001") return { token: "dummy-ready-made" };
        const { BayplanError } = await import("@bayplan/core");
        if (repository === "team/app-002") throw new BayplanError("INVALID_INPUT", "The helper is broken.");
        return undefined;
      },
    });
    const found = await statesOfMany(registry, each(names(6), ["v1"]));
    expect(Object.values(found).sort()).toEqual(["INVALID_INPUT", "UNAUTHORIZED", ...Array(4).fill("present")]);
    expect([found["team/app-001:v1"], found["team/app-002:v1"]]).toEqual(["UNAUTHORIZED", "INVALID_INPUT"]);
    expect(odd.tokenRequests()).toEqual([["000", "003", "004", "005"].map((one) => scope(`team/app-${one}`))]);
  });
});

describe("a registry that honours only one scope of a token", () => {
  it.each<[string, TokenManners]>([
    ["the first, 401 insufficient_scope", { grants: "first" }],
    ["the first, 401 invalid_token", { grants: "first", error: "invalid_token" }],
    ["the first, 401 and no reason", { grants: "first", error: "" }],
    ["the first, 403", { grants: "first", uncovered: 403 }],
    ["the first, 404", { grants: "first", uncovered: 404 }],
    ["the last, 401", { grants: "last" }],
    ["the last, 404", { grants: "last", uncovered: 404 }],
  ])("is answered with a token for each, and not asked for many again: %s", async (_, manners) => {
    const odd = createOddRegistry(manners);
    await odd.publish(images(names(60), ["v1", "v2"]));
    const registry = openOdd(odd);
    const found = await statesOfMany(registry, each(names(30), ["v1", "v2"]));
    expect(Object.values(found)).toEqual(Array(60).fill("present"));
    const before = odd.tokenRequests().length;
    // Two batches at most, and then one for each.
    expect(before).toBeLessThanOrEqual(2 + 30);
    const later = await statesOfMany(registry, each(names(60).slice(30), ["v1", "v2"]));
    expect(Object.values(later)).toEqual(Array(60).fill("present"));
    expect(
      odd
        .tokenRequests()
        .slice(before)
        .map((scopes) => scopes.length),
    ).toEqual(Array(30).fill(1));
  });
});

describe("an endpoint that refuses several scopes", () => {
  it.each([400, 401, 403, 404, 405, 413, 414, 431, 500])("with %i is asked for each", async (refusalStatus) => {
    const odd = createOddRegistry({ grants: "refuse", refusalStatus });
    await odd.publish(images(names(30), ["v1"]));
    const registry = openOdd(odd, { credentials });
    const found = await statesOfMany(registry, each(names(30), ["v1"]));
    expect(Object.values(found)).toEqual(Array(30).fill("present"));
    expect(single(odd)).toHaveLength(30);
    // Retries of the HTTP client apart, one question for each 25.
    expect(
      new Set(
        odd
          .tokenRequests()
          .filter((scopes) => scopes.length > 1)
          .map(String),
      ).size,
    ).toBeLessThanOrEqual(2);
    // The credentials are not locked.
    expect((await registry.resolve(at("team/app-new", "v1"))).state).toBe("absent");
    // A refusal may have been for one of them; anything else is about their number, and no other 25 are tried.
    const before = odd.tokenRequests().length;
    await statesOfMany(registry, each(names(30, "team/other"), ["v1"]));
    const several = odd
      .tokenRequests()
      .slice(before)
      .filter((scopes) => scopes.length > 1);
    expect(several).toHaveLength(refusalStatus === 401 || refusalStatus === 403 ? 2 : 0);
  });

  it("is not asked for these together again within the hour", async () => {
    const clock = createVirtualClock();
    const more = { clock, auth: { tokenLifetimeMs: 60_000 } };
    const odd = createOddRegistry({ grants: "refuse-closed", closed: ["team/app-003"] }, more);
    await odd.publish(images(names(60), ["v1"]));
    const registry = openOdd(odd, { clock, denied: "denied-or-absent" });
    const sizes = async (): Promise<readonly number[]> => {
      const before = odd.tokenRequests().length;
      await statesOfMany(registry, each(names(60), ["v1"]));
      return odd
        .tokenRequests()
        .slice(before)
        .map(({ length }) => length)
        .sort();
    };
    expect(await sizes()).toEqual([...Array(25).fill(1), 10, 25, 25]);
    await clock.advance(600_000);
    expect(await sizes()).toEqual([...Array(25).fill(1), 10, 25]);
    await clock.advance(3_600_000);
    expect(await sizes()).toEqual([...Array(25).fill(1), 10, 25, 25]);
  });

  it("is asked for 25 at once only for the first time while it gives nothing at all", async () => {
    const odd = createOddRegistry();
    const times = Number.POSITIVE_INFINITY;
    odd.embedded.inject({ match: { path: "/token" }, times, effect: { status: 503 } });
    const found = await statesOfMany(openOdd(odd), each(names(30), ["v1", "v2", "v3", "v4", "v5"]));
    expect(Object.values(found)).toEqual(Array(150).fill("UNAVAILABLE"));
    expect(
      new Set(
        odd
          .tokenRequests()
          .filter((scopes) => scopes.length > 1)
          .map(String),
      ).size,
    ).toBe(2);
  });

  it("because one repository is closed denies only that one", async () => {
    const odd = createOddRegistry({ grants: "refuse-closed", closed: ["team/app-003"] });
    await odd.publish(images(names(60), ["v1"]));
    const registry = openOdd(odd, { credentials, tokenRefusal: "repository", denied: "denied-or-absent" });
    const found = await statesOfMany(registry, each(names(60), ["v1"]));
    expect(found["team/app-003:v1"]).toBe("denied-or-absent");
    expect(Object.values(found).filter((state) => state === "present")).toHaveLength(59);
    // 25 alone for the batch with the closed one; the other batches are not given up. One more to try the credentials.
    expect(single(odd)).toHaveLength(25);
    expect(odd.tokenRequests().filter((scopes) => scopes.length > 1)).toHaveLength(3);
  });

  it("is sent a wrong password twice at most, however many repositories there are", async () => {
    const odd = createOddRegistry();
    const registry = openOdd(odd, { credentials: { username: "bayplan", password: "dummy-wrong" } });
    const found = await statesOfMany(registry, each(names(100), ["v1", "v2"]));
    expect(Object.values(found)).toEqual(Array(200).fill("UNAUTHORIZED"));
    expect(odd.tokenRequests().map((scopes) => scopes.length)).toEqual([25, 1]);
    await expect(registry.resolve(at("team/app-new", "v1"))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(odd.tokenRequests()).toHaveLength(2);
  });

  it("blames only those whose password is wrong", async () => {
    const odd = createOddRegistry();
    const [ours, theirs] = [names(10, "ours/app"), names(10, "theirs/app")];
    await odd.publish({ ...images(ours, ["v1"]), ...images(theirs, ["v1"]) });
    const registry = openOdd(odd, {
      credentials: async (_, { repository = "" }) =>
        repository.startsWith("ours/") ? { username: "bayplan", password: "dummy-wrong" } : credentials,
    });
    const interleaved = ours.flatMap((name, index) => [at(name, "v1"), at(theirs[index] ?? "", "v1")]);
    const found = await statesOfMany(registry, interleaved);
    const states = (of: readonly string[]) => new Set(of.map((name) => found[`${name}:v1`]));
    expect([states(ours), states(theirs)]).toEqual([new Set(["UNAUTHORIZED"]), new Set(["present"])]);
  });

  it("is given up by all when it asks to wait too long", async () => {
    const odd = createOddRegistry();
    const effect = { status: 429, headers: { "retry-after": "600" } };
    odd.embedded.inject({ match: { path: "/token" }, times: Number.POSITIVE_INFINITY, effect });
    const found = await statesOfMany(openOdd(odd), each(names(25), ["v1"]));
    expect(Object.values(found)).toEqual(Array(25).fill("RATE_LIMITED"));
    expect(odd.tokenRequests()).toHaveLength(1);
  });
});

describe("what a token for several repositories does not show", () => {
  it.each([401, 403, 404] as const)("is asked for with a token of its own: %i", async (uncovered) => {
    const closed = ["team/app-003", "team/app-007"];
    const odd = createOddRegistry({ closed, uncovered });
    await odd.publish(images(names(50), ["v1", "v2"]));
    const found = await statesOfMany(openOdd(odd), each(names(50), ["v1", "v2"]));
    const expected = { 401: "UNAUTHORIZED", 403: "DENIED", 404: "absent" }[uncovered];
    expect(Object.values(found).filter((state) => state === expected)).toHaveLength(4);
    expect(Object.values(found).filter((state) => state === "present")).toHaveLength(96);
    expect(single(odd).flat().sort()).toEqual(closed.map(scope));
    // The refusal of the own token shows that the first one was not to blame: others go on sharing.
    expect(odd.tokenRequests().filter((scopes) => scopes.length === 25)).toHaveLength(2);
  });

  it("costs nothing where the same token shows another tag of the repository", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(50), ["v2", "v3", "v4", "v5"]));
    const found = await statesOfMany(openOdd(odd), each(names(50), ["v1", "v2", "v3", "v4", "v5"]));
    expect(Object.values(found).filter((state) => state === "absent")).toHaveLength(50);
    expect(odd.tokenRequests().map((scopes) => scopes.length)).toEqual([25, 25]);
    expect(odd.heads()).toBe(1 + 250);
  });

  it("waits for another tag of the repository also behind more of its kind than are in flight", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(150), ["v2"]));
    const references = [...each(names(150), ["v1"]), ...each(names(150), ["v2"])];
    const found = await statesOfMany(openOdd(odd), references);
    expect(Object.values(found).filter((state) => state === "absent")).toHaveLength(150);
    expect(odd.tokenRequests().map((scopes) => scopes.length)).toEqual(Array(6).fill(25));
    expect(odd.heads()).toBe(1 + 300);
  });

  it("is asked for again where nothing was shown, and many are not asked for when that does not pay", async () => {
    const odd = createOddRegistry();
    const found = await statesOfMany(openOdd(odd), each(names(200), ["v1", "v2"]));
    expect(Object.values(found)).toEqual(Array(400).fill("absent"));
    expect(single(odd).length).toBe(200);
    expect(odd.tokenRequests().length).toBeLessThanOrEqual(200 + 4);
    // Once more with the own token only where a shared one was tried.
    expect(odd.heads()).toBeLessThanOrEqual(1 + 400 + 2 * 100);
  });

  it("is not shown by a web page, such as a login, that comes with 200", async () => {
    const odd = createOddRegistry({ grants: "first", uncovered: 404 });
    await odd.publish(images(names(2), ["v1", "v2"]));
    const effect = { status: 200, headers: { "content-type": "text/html" } };
    odd.embedded.inject({ match: { path: "app-001/manifests/v1" }, times: Number.POSITIVE_INFINITY, effect });
    const found = await statesOfMany(openOdd(odd), each(names(2), ["v1", "v2"]));
    expect(found).toMatchObject({ "team/app-001:v1": "RESPONSE_INVALID", "team/app-001:v2": "present" });
  });

  it("is not believed of a listing either", async () => {
    const odd = createOddRegistry({ grants: "first", uncovered: 404 });
    await odd.publish(images(names(3), ["v1"]));
    const registry = openOdd(odd);
    // Answered by something that says nothing of the token: it is there, and still in doubt.
    odd.embedded.inject({ match: { method: "HEAD", path: /app-00[12]/ }, times: 2, effect: { status: 418 } });
    const found = await statesOfMany(registry, each(names(3), ["v1"]));
    expect(Object.values(found).sort()).toEqual(["RESPONSE_INVALID", "RESPONSE_INVALID", "present"]);
    expect(odd.tokenRequests()).toHaveLength(1);
    const before = odd.seen.length;
    const listed: string[] = [];
    for await (const tag of registry.listTags(at("team/app-001", "v1"))) listed.push(tag);
    expect(listed).toEqual(["v1"]);
    expect((await registry.fetchManifest(at("team/app-002", "v1")))?.descriptor.size).toBeGreaterThan(0);
    // With the shared token, for an own one, with that one.
    expect(odd.seen).toHaveLength(before + 6);
  });
});

describe("a shared token that ends while it is used", () => {
  const byTag = ["v1", "v2", "v3", "v4", "v5", "v6"].flatMap((tag) => each(names(25), [tag]));
  const byRepository = each(names(25), ["v1", "v2", "v3", "v4", "v5", "v6"]);

  it.each([
    ["all, by the clock of both", { isHidden: false, references: byTag, most: 25 }],
    ["all, only by the clock of the registry", { isHidden: true, references: byTag, most: 25 }],
    ["half of them, by the clock of both", { isHidden: false, references: byRepository, most: 20 }],
  ])("is renewed for those that still need it: %s", async (_, { isHidden, references, most }) => {
    const clock = createVirtualClock();
    const odd = createOddRegistry({}, { clock, auth: { tokenLifetimeMs: 60_000 } });
    await odd.publish(images(names(25), ["v1", "v2", "v3", "v4", "v5", "v6"]));
    const registry = openOdd(odd, { clock: isHidden ? createVirtualClock({ start: clock.now() }) : clock });
    let count = 0;
    for await (const [, { state }] of registry.resolveMany(references)) {
      expect(state).toBe("present");
      count += 1;
      // 150 answers in 150 seconds: three times the life of a token.
      await clock.advance(1_000);
    }
    expect(count).toBe(150);
    expect(odd.tokenRequests().length).toBeLessThanOrEqual(4);
    expect(odd.tokenRequests().length).toBeGreaterThanOrEqual(2);
    const [first, second] = odd.tokenRequests().map(({ length }) => length);
    expect(first).toBe(25);
    expect(second).toBeLessThanOrEqual(most);
  });

  it("is given a second when it is called invalid at once", async () => {
    const odd = createOddRegistry();
    await odd.publish(images(names(10), ["v1"]));
    const headers = { "www-authenticate": 'Bearer realm="/token",service="bayplan-testkit",error="invalid_token"' };
    odd.embedded.inject({
      match: (request) => request.method === "HEAD" && request.headers.has("authorization"),
      times: 5,
      effect: { status: 401, headers },
    });
    const found = await statesOfMany(openOdd(odd), each(names(10), ["v1"]));
    expect(Object.values(found)).toEqual(Array(10).fill("present"));
    expect(odd.tokenRequests()).toHaveLength(1);
  });
});

describe("credentials that never come", () => {
  const never = () => new Promise<undefined>(() => {});

  it.each<[string, (odd: OddRegistry, call: CallOptions) => Promise<unknown>]>([
    ["resolve", (odd, call) => openOdd(odd, { credentials: never }).resolve(at("a/b", "v1"), call)],
    ["resolveMany", (odd, call) => statesOfMany(openOdd(odd, { credentials: never }), each(names(5), ["v1"]), call)],
  ])("do not keep a cancelled %s", async (_, run) => {
    const odd = createOddRegistry();
    const controller = new AbortController();
    const running = run(odd, { signal: controller.signal });
    const settled = expect(running).rejects.toMatchObject({ code: "CANCELLED" });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await settled;
  });

  it("the second time, when the token is asked for, do not either, and others get theirs", async () => {
    const odd = createOddRegistry();
    let asked = 0;
    const registry = openOdd(odd, {
      credentials: async () => {
        asked += 1;
        return asked === 2 ? await never() : undefined;
      },
    });
    const controller = new AbortController();
    const first = registry.resolve(at("a/b", "v1"), { signal: controller.signal });
    const settled = expect(first).rejects.toMatchObject({ code: "CANCELLED" });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(2);
    controller.abort();
    await settled;
    expect(await registry.resolve(at("a/b", "v1"))).toEqual({ state: "absent" });
  });
});
