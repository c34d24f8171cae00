import { digestReference, parseReference } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createDockerHubRegistry } from "./create-docker-hub-registry.ts";

const username = "bayplan";
const password = "dummy-password";
const reference = parseReference("alpine:3.20");

/** Docker Hub's manners: tokens from another host for everybody, 401 for what one may not see. */
function createSimulatedHub() {
  const realm = "https://auth.docker.io/token";
  const auth = { kind: "bearer", users: { [username]: password }, anonymousPull: true, realm } as const;
  const embedded = createEmbeddedRegistry({ auth });
  const hosts: string[] = [];
  const hidden = { repository: "" };
  const challenge = `Bearer realm="${realm}",service="bayplan-testkit",error="insufficient_scope"`;
  embedded.inject({
    match: (request) => hidden.repository !== "" && request.url.includes(`/v2/${hidden.repository}/`),
    times: Number.POSITIVE_INFINITY,
    effect: { status: 401, headers: { "www-authenticate": challenge } },
  });
  const fetch: typeof embedded.fetch = (input, init) => {
    hosts.push(new URL(String(input)).host);
    return embedded.fetch(input, init);
  };
  return { ...embedded, fetch, hosts, hidden };
}

it("speaks to the API host and lets the authentication host give the token", async () => {
  const hub = createSimulatedHub();
  const registry = createDockerHubRegistry({ username, password, fetch: hub.fetch });
  const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
  for (const blob of image.blobs) await registry.putBlob(reference, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await registry.putManifest(reference, manifest);
  await registry.tag(digestReference(reference, image.digest), "3.20", { absent: true });

  const anonymous = createDockerHubRegistry({ fetch: hub.fetch });
  expect(await anonymous.resolve(reference)).toMatchObject({ state: "present", descriptor: { digest: image.digest } });
  expect(await anonymous.resolve(parseReference("docker.io/library/alpine:none"))).toEqual({ state: "absent" });
  expect(new Set(hub.hosts)).toEqual(new Set(["registry-1.docker.io", "auth.docker.io"]));
  expect(hub.log.every((request) => !request.path.startsWith("/v2/") || request.path.includes("library/alpine"))).toBe(
    true,
  );
});

it.each([
  ["anonymously", {}],
  ["with an account", { username, password }],
])("does not know whether what is hidden exists, %s", async (_, auth) => {
  const hub = createSimulatedHub();
  hub.hidden.repository = "library/alpine";
  const registry = createDockerHubRegistry({ ...auth, fetch: hub.fetch });
  expect(await registry.resolve(reference)).toEqual({ state: "denied-or-absent" });
  expect(hub.log.map((request) => request.status)).toEqual([401, 200, 401]);
  // A token from the cache is renewed once before the refusal counts.
  expect(await registry.resolve(reference)).toEqual({ state: "denied-or-absent" });
  expect(hub.log.map((request) => request.status)).toEqual([401, 200, 401, 401, 200, 401]);
});

it("says UNAUTHORIZED for a wrong password and does not send it again", async () => {
  const hub = createSimulatedHub();
  const registry = createDockerHubRegistry({ username, password: "wrong-dummy", fetch: hub.fetch });
  await expect(registry.resolve(reference)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  await expect(registry.resolve(parseReference("debian:12"))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(hub.log.filter((request) => request.path === "/token")).toHaveLength(1);
});

it("refuses half an account, and other registries", async () => {
  expect(() => createDockerHubRegistry({ username })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  const registry = createDockerHubRegistry({ fetch: createSimulatedHub().fetch });
  await expect(registry.resolve(parseReference("ghcr.io/a/b:1"))).rejects.toMatchObject({ code: "NOT_ALLOWED" });
});
