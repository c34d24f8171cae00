import { type Descriptor, digestOf, digestReference, tagReference } from "@bayplan/core";
import { expect, it } from "vitest";
import type { OciRegistry } from "./create-oci-registry.ts";
import type { Credentials } from "./credentials.ts";
import { textsIn } from "./reliability/error-graph.ts";
import { type Script, type ScriptedRequest, startScripted } from "./testing/scripted-registry.ts";

// None of these looks like a secret: only who sent it knows that it is one.
const password = "hunter2";
const identity = "identityword";
const token = "tokenword";
const issued = "issuedword";
const words = [password, identity, token, issued].flatMap((word) => [word, Buffer.from(word).toString("base64")]);
const secrets = [
  ...words,
  Buffer.from(`bayplan:${password}`).toString("base64"),
  Buffer.from(`<token>:${identity}`).toString("base64"),
];

const bytes = Buffer.from("content");
const descriptor: Descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
const repository = "a/b";
const operations: Readonly<Record<string, (registry: OciRegistry, host: string) => Promise<unknown>>> = {
  resolve: (registry, host) => registry.resolve(tagReference({ registry: host, repository }, "v1")),
  fetchManifest: (registry, host) => registry.fetchManifest(tagReference({ registry: host, repository }, "v1")),
  listTags: async (registry, host) => {
    for await (const _ of registry.listTags({ registry: host, repository }));
  },
  fetchBlob: async (registry, host) => {
    for await (const _ of registry.fetchBlob(digestReference({ registry: host, repository }, descriptor.digest)));
  },
  putBlob: (registry, host) =>
    registry.putBlob({ registry: host, repository }, descriptor, ReadableStream.from([bytes])),
};

/** All that was sent, in plain words. */
function plainly({ authorization, body }: ScriptedRequest): string {
  const sent = authorization?.split(" ")[1] ?? "";
  const decoded = Buffer.from(sent, "base64").toString();
  const form = new URLSearchParams(body).get("refresh_token") ?? "";
  return `bad ${sent} ${/^[\w:<>]+$/.test(decoded) ? decoded.split(":").join(" ") : ""} ${form}`;
}

const refusing = (status: number): Script => {
  return (request) => new Response(plainly(request), { status });
};
const challenged =
  (challenge: string, script: Script): Script =>
  (request, index) =>
    request.authorization === null && !request.path.startsWith("/token")
      ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
      : script(request, index);
const issuing =
  (script: Script): Script =>
  (request, index) =>
    request.path.startsWith("/token") ? Response.json({ token: issued }) : script(request, index);

it.each<[string, Credentials, string, Script]>([
  ["a registry with Basic", { username: "bayplan", password }, "Basic", refusing(401)],
  ["a registry with Basic that denies", { username: "bayplan", password }, "Basic", refusing(403)],
  ["a registry that is overloaded", { username: "bayplan", password }, "Basic", refusing(500)],
  ["a registry that is given a token", { token }, "Bearer", refusing(403)],
  [
    "a registry that is given a token of its endpoint",
    { username: "bayplan", password },
    "Bearer",
    issuing(refusing(403)),
  ],
  ["a token endpoint", { username: "bayplan", password }, "Bearer", refusing(401)],
  ["a token endpoint that denies", { username: "bayplan", password }, "Bearer", refusing(403)],
  ["a token endpoint that fails", { username: "bayplan", password }, "Bearer", refusing(500)],
  ["a token endpoint that is odd", { username: "bayplan", password }, "Bearer", refusing(418)],
  ["a token endpoint that is given an identity token", { identityToken: identity }, "Bearer", refusing(400)],
  ["the same that fails", { identityToken: identity }, "Bearer", refusing(500)],
  [
    "the same without OAuth2",
    { identityToken: identity },
    "Bearer",
    (request, index) => refusing(request.body === "" ? 418 : 404)(request, index),
  ],
])("no error repeats in plain words what was sent to %s", async (_, credentials, scheme, script) => {
  const realm = { at: "" };
  await using scripted = await startScripted(
    (request, index) => challenged(`${scheme} realm="${realm.at}"`, script)(request, index),
    { credentials },
  );
  realm.at = `${scripted.origin}/token`;
  for (const [name, operation] of Object.entries(operations)) {
    const error = await operation(scripted.registry, scripted.host).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const found = textsIn(error).filter((text) => secrets.some((secret) => text.includes(secret)));
    expect({ name, found }).toEqual({ name, found: [] });
  }
});

it("no error repeats it from the address of an upload on another server", async () => {
  await using store = await startScripted(() => new Response("no", { status: 500 }));
  const upload: Script = (request) =>
    request.method === "POST"
      ? new Response(null, { status: 202, headers: { location: `${store.origin}/${password}?state=${password}` } })
      : new Response(null, { status: 404 });
  await using scripted = await startScripted(challenged("Basic", upload), {
    credentials: { username: "bayplan", password },
  });
  const storing = () => operations["putBlob"]?.(scripted.registry, scripted.host);
  const failed = await storing()?.catch((thrown: unknown) => thrown);
  expect(failed).toMatchObject({ code: "UNAVAILABLE", status: 500 });
  await store[Symbol.asyncDispose]();
  const broken = await storing()?.catch((thrown: unknown) => thrown);
  expect(broken).toMatchObject({ code: "UNAVAILABLE" });
  for (const error of [failed, broken]) expect(textsIn(error).filter((text) => text.includes(password))).toEqual([]);
  expect(store.seen.length).toBeGreaterThan(0);
});

it("no error repeats it from the address of a token endpoint", async () => {
  const realm = { at: "" };
  await using scripted = await startScripted(
    (request) =>
      request.path.startsWith("/token")
        ? new Response("no", { status: 500 })
        : new Response(null, {
            status: 401,
            headers: { "www-authenticate": `Bearer realm="${realm.at}/token/${password}"` },
          }),
    { credentials: { username: "bayplan", password } },
  );
  realm.at = scripted.origin;
  const error = await operations["resolve"]?.(scripted.registry, scripted.host).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "UNAVAILABLE" });
  expect(textsIn(error).filter((text) => text.includes(password))).toEqual([]);
});
