import { parseReference, readOnly } from "@bayplan/core";
import { createDockerHubSimulator } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createDockerHubRegistry } from "./create-docker-hub-registry.ts";
import { at, drain, image, openHub, password } from "./testing/open-hub.ts";

it("speaks to the API host and lets the authentication host give the token", async () => {
  const hub = openHub();
  const built = await image("alpine");
  await hub.simulator.store("library/alpine", built, ["3.20"]);
  expect(await hub.anonymous.resolve(parseReference("alpine:3.20"))).toMatchObject({
    state: "present",
    descriptor: built.root.descriptor,
  });
  expect(await hub.anonymous.resolve(parseReference("docker.io/library/alpine:none"))).toEqual({ state: "absent" });
  expect(hub.sent.map(({ method, host }) => [method, host])).toEqual([
    ["HEAD", "registry-1.docker.io"],
    ["GET", "auth.docker.io"],
    ["HEAD", "registry-1.docker.io"],
    ["HEAD", "registry-1.docker.io"],
  ]);
  expect(hub.sent.at(-1)?.path).toBe("/v2/library/alpine/manifests/none");
});

it("is one registry under three host names", async () => {
  const hub = openHub();
  await hub.simulator.store("library/nginx", await image("nginx"), ["1"]);
  const names = ["nginx:1", "docker.io/nginx:1", "index.docker.io/library/nginx:1", "registry-1.docker.io/nginx:1"];
  for (const name of names) {
    expect(await hub.anonymous.resolve(parseReference(name))).toMatchObject({ state: "present" });
  }
  expect(hub.count("auth.docker.io")).toBe(1);
});

it.each([
  ["private, anonymously", true, false],
  ["private, with somebody else's account", true, true],
  ["missing, anonymously", false, false],
  ["missing, with an account", false, true],
])("dockerhub-missing-is-401: %s, nobody knows whether it exists", async (_, isPrivate, hasAccount) => {
  const hub = openHub();
  if (isPrivate) {
    await hub.simulator.store("stranger/closed", await image("x"), ["1"]);
    hub.simulator.setPrivate("stranger/closed", true);
  }
  const registry = hasAccount ? hub.registry : hub.anonymous;
  const statuses = () => hub.simulator.log.map((request) => request.status);
  expect(await registry.resolve(parseReference("stranger/closed:1"))).toEqual({ state: "denied-or-absent" });
  // A fresh token that is refused is the last word.
  expect(statuses()).toEqual([401, 200, 401]);
  // A token from the cache is renewed once before the refusal counts.
  expect(await registry.resolve(parseReference("stranger/closed:1"))).toEqual({ state: "denied-or-absent" });
  expect(statuses()).toEqual([401, 200, 401, 401, 200, 401]);
});

it("does not know of a missing official image either, and says so of every one of many", async () => {
  const hub = openHub();
  const reference = parseReference("no-such-image:1");
  expect(await hub.registry.resolve(reference)).toEqual({ state: "denied-or-absent" });
  const answers = await drain(hub.registry.resolveMany([reference]));
  expect(answers).toEqual([[reference, { state: "denied-or-absent" }]]);
});

it("shows a private repository to its own namespace and to a member of the organisation", async () => {
  const hub = openHub();
  for (const name of ["bayplan/closed", "harbour/closed"]) {
    await hub.simulator.store(name, await image(name), ["1"]);
    hub.simulator.setPrivate(name, true);
    expect(await hub.registry.resolve(parseReference(`${name}:1`))).toMatchObject({ state: "present" });
    expect(await hub.anonymous.resolve(parseReference(`${name}:1`))).toEqual({ state: "denied-or-absent" });
  }
});

it("writes to the namespace of an organisation", async () => {
  const hub = openHub();
  const { name, digest } = at("docker.io/harbour/crane");
  const built = await image("crane");
  for (const blob of built.blobs) {
    await hub.registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  }
  await hub.registry.putManifest(name, built.root);
  await hub.registry.tag(digest(built), "1", { absent: true });
  expect(hub.simulator.snapshot()).toEqual({ "harbour/crane": { "1": built.digest } });
});

it("refuses to change official images before anything is sent", async () => {
  const hub = openHub();
  const { name, tag, digest } = at("docker.io/library/nginx");
  const built = await image("nginx");
  const denied = { code: "DENIED" };
  const source = at("docker.io/bayplan/nginx");
  const blob = built.blobs[0]?.descriptor ?? built.root.descriptor;
  await expect(hub.registry.putManifest(name, built.root)).rejects.toMatchObject(denied);
  await expect(hub.registry.putBlob(name, blob, ReadableStream.from([]))).rejects.toMatchObject(denied);
  await expect(hub.registry.tag(digest(built), "1", { absent: true })).rejects.toMatchObject(denied);
  await expect(hub.registry.tagMany?.(digest(built), [{ tag: "1", expected: { absent: true } }])).rejects.toMatchObject(
    denied,
  );
  await expect(hub.registry.mountBlob?.(name, source.digest(built))).rejects.toMatchObject(denied);
  await expect(hub.registry.untag(tag("1"), built.digest)).rejects.toMatchObject(denied);
  await expect(hub.registry.deleteManifest(digest(built), { tags: [], parents: [] })).rejects.toMatchObject(denied);
  expect(hub.sent).toEqual([]);
});

it("lets nothing that changes the registry through readOnly", async () => {
  const hub = openHub();
  const reader = readOnly(hub.registry);
  expect(Object.keys(reader).sort()).toEqual(
    [
      "fetchBlob",
      "fetchManifest",
      "hosts",
      "id",
      "inventory",
      "listTags",
      "putBlob",
      "putManifest",
      "referrers",
    ].concat(["resolve", "resolveMany", "tag", "untagging"]),
  );
  const { tag } = at("docker.io/bayplan/crane");
  const built = await image("one");
  await hub.simulator.store("bayplan/crane", built, ["1"]);
  expect(await reader.resolve(tag("1"))).toMatchObject({ state: "present" });
  expect(await drain(reader.inventory?.list(tag("1")) ?? ReadableStream.from([]))).toHaveLength(1);
});

it("refuses half an account, two transports, and other registries", async () => {
  const invalid = expect.objectContaining({ code: "INVALID_INPUT" });
  const { fetch } = createDockerHubSimulator();
  const { http } = { http: { request: undefined } as never };
  expect(() => createDockerHubRegistry({ username: "bayplan" })).toThrow(invalid);
  expect(() => createDockerHubRegistry({ password })).toThrow(invalid);
  expect(() => createDockerHubRegistry({ http, fetch })).toThrow(invalid);
  const { registry } = openHub();
  const other = at("ghcr.io/a/b");
  const built = await image("one");
  const notAllowed = { code: "NOT_ALLOWED" };
  await expect(registry.resolve(other.tag("1"))).rejects.toMatchObject(notAllowed);
  await expect(registry.untag(other.tag("1"), built.digest)).rejects.toMatchObject(notAllowed);
  await expect(registry.deleteManifest(other.digest(built), { tags: [], parents: [] })).rejects.toMatchObject(
    notAllowed,
  );
  await expect(drain(registry.inventory.list(other.name))).rejects.toMatchObject(notAllowed);
});

it("mounts a blob with one token that may pull from the source", async () => {
  const hub = openHub();
  const built = await image("crane");
  await hub.simulator.store("bayplan/crane", built, ["1"]);
  hub.simulator.setPrivate("bayplan/crane", true);
  const blob = built.blobs[0]?.descriptor.digest ?? built.digest;
  const source = { ...at("docker.io/bayplan/crane").digest(built), digest: blob };
  expect(await hub.registry.mountBlob?.(at("docker.io/bayplan/winch").name, source)).toBe(true);
  expect(hub.count("auth.docker.io")).toBe(1);
});

it("asks for another token when the 300 seconds of one are over", async () => {
  const hub = openHub();
  const { tag } = at("docker.io/bayplan/crane");
  await hub.simulator.store("bayplan/crane", await image("crane"), ["1"]);
  for (const [afterMs, tokens] of [
    [0, 1],
    [290_000, 1],
    [10_000, 2],
  ] as const) {
    await hub.clock.advance(afterMs);
    expect(await hub.registry.resolve(tag("1"))).toMatchObject({ state: "present" });
    expect(hub.count("auth.docker.io")).toBe(tokens);
  }
});
