import { formatReference, type Reference, type TagReference } from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { expect, it } from "vitest";
import type { DockerHubRegistry } from "./create-docker-hub-registry.ts";
import { at, drain, image, openHub } from "./testing/open-hub.ts";

const crane = at("docker.io/bayplan/crane");

async function resolveAll(registry: DockerHubRegistry, references: readonly Reference[]) {
  const answers = await drain(registry.resolveMany(references));
  return new Map(answers.map(([reference, answer]) => [formatReference(reference), answer]));
}

/** 200 repositories with five tags each, every one on a manifest of its own. */
async function openMany() {
  const hub = openHub({ registryRequestLimit: 100_000 });
  const references: TagReference[] = [];
  for (let repository = 0; repository < 200; repository += 1) {
    const { tag } = at(`docker.io/bayplan/image-${repository}`);
    for (const version of ["1", "2", "3", "4", "5"]) {
      await hub.simulator.store(`bayplan/image-${repository}`, await image(`${repository} ${version}`), [version]);
      references.push(tag(version));
    }
  }
  return { hub, references };
}

it("asks at most 0.21 requests for each of 1,000 references of which nothing is known", async () => {
  const { hub, references } = await openMany();
  const cold = await resolveAll(hub.registry, references);
  expect(hub.sent.length / references.length).toBeLessThanOrEqual(0.21);
  expect(cold.size).toBe(1_000);
  expect([...cold.values()].every((answer) => answer.state === "present")).toBe(true);
  expect(hub.simulator.pulls("bayplan")).toBe(0);
});

it("tells the digest and the media type of the list, and the size only where it is known", async () => {
  const hub = openHub();
  const [one, two] = [await image("one"), await image("two")];
  await hub.simulator.store("bayplan/crane", one, ["1"]);
  await hub.simulator.store("bayplan/crane", two, ["2"]);
  await hub.registry.resolve(crane.tag("2"));
  const { mediaType, digest } = one.root.descriptor;
  expect(Object.fromEntries(await resolveAll(hub.registry, [crane.tag("1"), crane.tag("2")]))).toEqual({
    "docker.io/bayplan/crane:1": { state: "present", descriptor: { mediaType, digest } },
    "docker.io/bayplan/crane:2": { state: "present", descriptor: two.root.descriptor },
  });
});

it("reads no more lists where the Hub API fails", async () => {
  const { hub, references } = await openMany();
  hub.simulator.inject({
    match: { path: /\/tags$/ },
    times: Number.POSITIVE_INFINITY,
    effect: { status: 200, body: "<html>" },
  });
  const answers = await resolveAll(hub.registry, references);
  expect([...answers.values()].every((answer) => answer.state === "present")).toBe(true);
  // Those that were in flight together.
  expect(hub.sent.filter((one) => one.path.endsWith("/tags")).length).toBeLessThanOrEqual(8);
});

it("takes sizes from the manifest cache of an earlier process", async () => {
  const hub = openHub();
  const cache = createManifestCache();
  const built = await Promise.all(["1", "2", "3"].map((version) => image(version)));
  for (const [index, one] of built.entries()) await hub.simulator.store("bayplan/crane", one, [`v${index}`]);
  for (const one of built) await cache.write(one.root);
  const registry = hub.open({ cache });
  const answers = await resolveAll(registry, [crane.tag("v0"), crane.tag("v1"), crane.tag("v2")]);
  expect(hub.sent.map(({ host }) => host)).toEqual(["hub.docker.com"]);
  for (const [index, one] of built.entries()) {
    expect(answers.get(`docker.io/bayplan/crane:v${index}`)).toEqual({
      state: "present",
      descriptor: one.root.descriptor,
    });
  }
});

it("lets the registry say what is absent, and what is hidden", async () => {
  const hub = openHub();
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  await hub.simulator.store("stranger/closed", await image("closed"), ["1", "2"]);
  hub.simulator.setPrivate("stranger/closed", true);
  const closed = at("docker.io/stranger/closed");
  await hub.registry.resolve(crane.tag("1"));
  const answers = await resolveAll(hub.registry, [crane.tag("1"), crane.tag("none"), closed.tag("1"), closed.tag("2")]);
  expect(Object.fromEntries([...answers].map(([name, answer]) => [name, answer.state]))).toEqual({
    "docker.io/bayplan/crane:1": "present",
    "docker.io/bayplan/crane:none": "absent",
    "docker.io/stranger/closed:1": "denied-or-absent",
    "docker.io/stranger/closed:2": "denied-or-absent",
  });
});

it("a list that lacks a tag is no absence, and one that cannot be read tells nothing", async () => {
  const hub = openHub({ quirks: ["dockerhub-stale-tags"] });
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, ["1", "2"]);
  await hub.registry.resolve(crane.tag("1"));
  const present = { state: "present", descriptor: built.root.descriptor };
  const both = [crane.tag("1"), crane.tag("2")];
  expect([...(await resolveAll(hub.registry, both)).values()]).toEqual([present, present]);
  for (const effect of [{ status: 500 }, { status: 429 }, { status: 200, body: "<html>" }, { status: 404 }]) {
    const fault = hub.simulator.inject({ match: { path: /\/tags$/ }, times: Number.POSITIVE_INFINITY, effect });
    expect([...(await resolveAll(hub.registry, both)).values()]).toEqual([present, present]);
    expect(fault.hits).toBeGreaterThan(0);
    fault.remove();
  }
});

it("dockerhub-old-tags-without-digest: asks the registry for those", async () => {
  const hub = openHub();
  const [old, young] = [await image("old"), await image("young")];
  await hub.simulator.store("bayplan/crane", old, ["old", "older"]);
  await hub.clock.advance(400 * 86_400_000);
  await hub.simulator.store("bayplan/crane", young, ["young"]);
  await hub.registry.resolve(crane.tag("young"));
  const before = hub.count("registry-1.docker.io", "HEAD");
  const answers = await resolveAll(hub.registry, [crane.tag("old"), crane.tag("older"), crane.tag("young")]);
  expect(answers.get("docker.io/bayplan/crane:old")).toEqual({ state: "present", descriptor: old.root.descriptor });
  expect(answers.get("docker.io/bayplan/crane:young")).toMatchObject({ descriptor: young.root.descriptor });
  expect(hub.count("registry-1.docker.io", "HEAD") - before).toBe(2);
});

it("asks the registry for tags that it wrote or removed itself, which the Hub API may not know yet", async () => {
  const hub = openHub({ quirks: ["dockerhub-stale-tags"] });
  const [one, two] = [await image("one"), await image("two")];
  await hub.simulator.store("bayplan/crane", one, ["latest", "1"]);
  await hub.simulator.store("bayplan/crane", one, ["latest", "1"]);
  await hub.simulator.store("bayplan/crane", two);
  await hub.registry.resolve(crane.tag("1"));
  await hub.registry.tag(crane.digest(two), "latest", { digest: one.digest });
  const answers = await resolveAll(hub.registry, [crane.tag("latest"), crane.tag("1"), crane.tag("2")]);
  expect(answers.get("docker.io/bayplan/crane:latest")).toMatchObject({ descriptor: { digest: two.digest } });
});

it("leaves a long list where one HEAD each costs less", async () => {
  const hub = openHub();
  const tags = Array.from({ length: 350 }, (_, index) => `t${index}`);
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, tags);
  await hub.clock.advance(1_000);
  await hub.simulator.store("bayplan/crane", built, ["new"]);
  await hub.registry.resolve(crane.tag("new"));
  const few = [crane.tag("new"), crane.tag("t0"), crane.tag("t349"), crane.tag("none")];
  const answers = await resolveAll(hub.registry, few);
  expect([...answers.values()].filter((answer) => answer.state === "present")).toHaveLength(3);
  expect(hub.sent.filter((one) => one.path.endsWith("/tags"))).toHaveLength(1);
});
