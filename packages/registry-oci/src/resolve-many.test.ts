import { getEventListeners } from "node:events";
import { digestReference, type Reference } from "@bayplan/core";
import { createEmbeddedRegistry } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { at, each, images, names, oddHost, openOdd, statesOfMany } from "./testing/many-references.ts";
import { createOddRegistry } from "./testing/odd-tokens.ts";
import { manifestOf } from "./testing/scripted-registry.ts";

const tags = ["v1", "v2", "v3", "v4", "v5"];

it("spends 1,000 HEADs, 8 tokens and a challenge on 1,000 references in 200 repositories", async () => {
  const odd = createOddRegistry();
  await odd.publish(images(names(200), tags));
  const found = await statesOfMany(openOdd(odd), each(names(200), tags));
  expect(Object.values(found)).toEqual(Array(1000).fill("present"));
  expect(odd.tokenRequests().map((scopes) => scopes.length)).toEqual(Array(8).fill(25));
  expect([odd.heads(), odd.seen.length]).toEqual([1001, 1009]);
});

it("gives each reference once, however often and in whatever form it is asked for", async () => {
  const odd = createOddRegistry();
  await odd.publish({ "a/b": ["v1"] });
  const { descriptor } = manifestOf("x");
  const digest = digestReference({ registry: oddHost, repository: "a/b" }, descriptor.digest);
  const asked = [at("a/b", "v1"), digest, at("a/b", "none"), at("a/b", "v1"), at("a/b", "none")];
  const registry = openOdd(odd);
  const answers = new Map<Reference, unknown>();
  for await (const [reference, answer] of registry.resolveMany(asked)) {
    expect(asked).toContain(reference);
    answers.set(reference, answer);
  }
  expect([...answers.values()]).toHaveLength(3);
  for (const [reference, answer] of answers) expect(answer).toEqual(await registry.resolve(reference));
  expect(await statesOfMany(registry, [])).toEqual({});
});

it("says of one reference that it is unknown, with the error, and goes on with the others", async () => {
  const odd = createOddRegistry();
  await odd.publish(images(names(30), ["v1"]));
  const times = Number.POSITIVE_INFINITY;
  odd.embedded.inject({ match: { path: "app-003/manifests" }, times, effect: { status: 503 } });
  odd.embedded.inject({ match: { path: "app-004/manifests" }, times, effect: { status: 418 } });
  const found = await statesOfMany(openOdd(odd), each(names(30), ["v1"]));
  expect(found["team/app-003:v1"]).toBe("UNAVAILABLE");
  expect(found["team/app-004:v1"]).toBe("RESPONSE_INVALID");
  expect(Object.values(found).filter((state) => state === "present")).toHaveLength(28);
});

it("refuses a host that is not its own before it asks anything", async () => {
  const odd = createOddRegistry();
  const foreign = { ...at("a/b", "v1"), registry: "registry.example" };
  await expect(statesOfMany(openOdd(odd), [at("a/b", "v1"), foreign])).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  expect(odd.seen).toEqual([]);
});

it("lets a programming error of the transport out, and stops the rest", async () => {
  const registry = createOciRegistry({
    hosts: [oddHost],
    credentials: () => Promise.reject(new RangeError("a bug")),
    fetch: createEmbeddedRegistry({ auth: { kind: "bearer", users: {} } }).fetch,
  });
  await expect(statesOfMany(registry, each(names(3), ["v1"]))).rejects.toThrow(RangeError);
});

/** An odd registry that counts requests in flight, and holds back what `holds` says until its signal aborts. */
function createWatched(holds: (path: string) => boolean = () => false) {
  const odd = createOddRegistry();
  const flight = { begun: 0, now: 0, most: 0, held: 0, aborted: 0 };
  const fetch: typeof odd.fetch = async (input, init) => {
    const path = new URL(String(input)).pathname;
    flight.begun += 1;
    flight.now += 1;
    flight.most = Math.max(flight.most, flight.now);
    try {
      // A turn, so that those who may start meanwhile do.
      await new Promise((resolve) => setImmediate(resolve));
      init?.signal?.throwIfAborted();
      if (!holds(path)) return await odd.fetch(input, init);
      flight.held += 1;
      return await new Promise<Response>((_, reject) => {
        init?.signal?.addEventListener("abort", () => {
          flight.aborted += 1;
          reject(init.signal?.reason);
        });
      });
    } finally {
      flight.now -= 1;
    }
  };
  return { odd, flight, registry: openOdd({ ...odd, fetch }) };
}

it("has at most 64 questions in flight, and asks not further ahead of a slow consumer", async () => {
  const { odd, flight, registry } = createWatched();
  await odd.publish(images(names(10), ["v1"]));
  let taken = 0;
  const many = Array.from({ length: 300 }, (_, index) => at("team/app-001", `t${index}`));
  for await (const _ of registry.resolveMany(many)) {
    taken += 1;
    if (taken > 2) continue;
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(odd.heads() - taken).toBeLessThanOrEqual(64 + 1);
  }
  expect(taken).toBe(300);
  expect(flight.most).toBeLessThanOrEqual(64);
  expect(flight.most).toBeGreaterThan(4);
});

it("stops all questions when the consumer stops", async () => {
  const { odd, flight, registry } = createWatched((path) => path.endsWith("/held"));
  await odd.publish(images(names(40), ["v1"]));
  let taken = 0;
  for await (const _ of registry.resolveMany([...each(names(10), ["v1"]), ...each(names(40), ["held"])])) {
    taken += 1;
    if (taken < 10) continue;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    break;
  }
  expect(flight.held).toBeGreaterThan(0);
  const { begun } = flight;
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect([flight.begun, flight.now]).toEqual([begun, 0]);
  expect(flight.aborted).toBe(flight.held);
});

it("ends with CANCELLED at once, listening once to the signal", async () => {
  const { odd, flight, registry } = createWatched((path) => path.endsWith("/held"));
  await odd.publish(images(names(40), ["v1"]));
  const controller = new AbortController();
  const found: string[] = [];
  const run = async () => {
    const references = [at("team/app-000", "v1"), ...each(names(40), ["held"])];
    for await (const [reference] of registry.resolveMany(references, { signal: controller.signal })) {
      found.push(reference.repository);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(getEventListeners(controller.signal, "abort").length).toBeLessThanOrEqual(2);
      setImmediate(() => controller.abort());
    }
  };
  await expect(run()).rejects.toMatchObject({ code: "CANCELLED" });
  expect(found).toEqual(["team/app-000"]);
  await new Promise((resolve) => setImmediate(resolve));
  expect([flight.now, flight.held > 0]).toEqual([0, true]);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  const fresh = createWatched();
  const { signal } = controller;
  await expect(statesOfMany(fresh.registry, [at("a/b", "v1")], { signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(fresh.flight.begun).toBe(0);
});

it("stops when the signal aborts, not only when the consumer comes back", async () => {
  const { odd, flight, registry } = createWatched((path) => path.endsWith("/held"));
  await odd.publish(images(names(40), ["v1"]));
  const controller = new AbortController();
  let begun = 0;
  const run = async () => {
    const references = [at("team/app-000", "v1"), ...each(names(40), ["held", "more"])];
    for await (const _ of registry.resolveMany(references, { signal: controller.signal })) {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(flight.now).toBeGreaterThan(0);
      controller.abort();
      await new Promise((resolve) => setImmediate(resolve));
      expect(flight.now).toBe(0);
      begun = flight.begun;
    }
  };
  await expect(run()).rejects.toMatchObject({ code: "CANCELLED" });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(flight.begun).toBe(begun);
});

it("is not held up by another host that does not answer", async () => {
  const odd = createOddRegistry();
  await odd.publish(images(names(50), tags));
  const hosts = [oddHost, "127.0.0.1:5001"];
  const registry = createOciRegistry({
    hosts,
    fetch: (input, init) =>
      new URL(String(input)).port === "5001"
        ? new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)))
        : odd.fetch(input, init),
  });
  const silent = each(names(100), ["v1"]).map((reference) => ({ ...reference, registry: "127.0.0.1:5001" }));
  let count = 0;
  for await (const [reference, answer] of registry.resolveMany([...silent, ...each(names(50), tags)])) {
    expect([reference.registry, answer.state]).toEqual([oddHost, "present"]);
    count += 1;
    if (count === 250) break;
  }
});
