import { digestOf, mediaTypes, type RepositoryName } from "@bayplan/core";
import { createHttpClient } from "@bayplan/runtime";
import { createVirtualClock, serve } from "@bayplan/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "../create-oci-registry.ts";
import type { Credentials } from "../credentials.ts";
import { adapterOperations } from "./adapter-operations.ts";

const credentials = { username: "bayplan", password: "dummy-password" };
const content = new TextEncoder().encode("content");
const blob = { mediaType: mediaTypes.ociConfig, digest: digestOf(content), size: content.byteLength };
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

async function open(answer: (seen: Seen) => Response) {
  const seen: Seen[] = [];
  const served = await serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    const one = { method: request.method, path: `${pathname}${search}`, headers: request.headers };
    seen.push({ ...one, body: await request.text() });
    return answer({ ...one, body: "" });
  });
  cleanUps.push(served.close);
  return { ...served, seen };
}

/** A registry that asks for a password and then does as it is told, and another server that everything leads to. */
async function start(
  given: (elsewhere: string, seen: Seen) => Response,
  options: {
    adapter?: Partial<OciRegistryOptions>;
    elsewhere?: (seen: Seen) => Response;
    scheme?: "Basic" | "Bearer";
  } = {},
) {
  const { scheme = "Basic" } = options;
  const other = await open(options.elsewhere ?? (() => new Response("elsewhere")));
  const own = await open((seen) => {
    if (seen.path.startsWith("/token")) return Response.json({ token: "dummy-issued" });
    if (seen.headers.get("authorization")?.startsWith(scheme) === true) return given(other.origin, seen);
    const challenge = scheme === "Basic" ? 'Basic realm="r"' : `Bearer realm="http://${own.host}/token"`;
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  });
  const clock = createVirtualClock({ auto: true });
  const http = createHttpClient({ clock, env: {}, retries: 1 });
  cleanUps.push(() => http.close());
  const registry = createOciRegistry({ hosts: [own.host], http, clock, credentials, ...options.adapter });
  return { own, other, registry, repository: { registry: own.host, repository: "team/app" } };
}

async function* oneChunk(): AsyncGenerator<Uint8Array> {
  yield content;
}

async function run(name: string, registry: OciRegistry, repository: RepositoryName): Promise<unknown> {
  return adapterOperations[name]?.(registry, repository);
}

/** Nothing that proves an identity: not in a header, the address or the body. */
function expectNoSecrets(seen: readonly Seen[]): void {
  for (const { headers, path, body } of seen) {
    expect([...headers.keys()].filter((name) => /auth|cookie|token|key/.test(name))).toEqual([]);
    const sent = JSON.stringify([...headers, path, body]);
    for (const secret of ["dummy", Buffer.from("bayplan:dummy-password").toString("base64").replace(/=+$/, "")]) {
      expect(sent).not.toContain(secret);
    }
  }
}

describe.each(["Basic", "Bearer"] as const)("%s", (scheme) => {
  it.each(Object.entries(adapterOperations))("sends no credentials along with a redirect: %s", async (_, operation) => {
    const redirect = (elsewhere: string, { path }: Seen) =>
      new Response(null, { status: 307, headers: { location: `${elsewhere}${path}` } });
    const { registry, repository, other } = await start(redirect, { scheme });
    await operation(registry, repository).catch(() => undefined);
    expect(other.seen.length).toBeGreaterThan(0);
    expectNoSecrets(other.seen);
  });

  it("sends no credentials to where an upload is said to go", async () => {
    const begin = (elsewhere: string, { method }: Seen) =>
      method === "HEAD"
        ? new Response(null, { status: 404 })
        : new Response(null, { status: 202, headers: { location: `${elsewhere}/upload?state=x` } });
    const { registry, repository, other } = await start(begin, {
      scheme,
      elsewhere: () => new Response(null, { status: 201 }),
    });
    await registry.putBlob(repository, blob, oneChunk());
    expect(other.seen.map(({ method }) => method)).toEqual(["PUT"]);
    expectNoSecrets(other.seen);
  });

  it.each(["listTags", "referrers"] as const)("does not ask for the next page elsewhere: %s", async (name) => {
    const page = (elsewhere: string, { path }: Seen) =>
      Response.json(
        { tags: ["1"], schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
        { headers: { link: `<${elsewhere}${path}>; rel="next"`, "content-type": mediaTypes.ociIndex } },
      );
    const { registry, repository, other } = await start(page, { scheme });
    await expect(run(name, registry, repository)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    expect(other.seen).toEqual([]);
  });
});

it("does not authenticate to a store that a redirect led to and that asks for it", async () => {
  const { registry, own, other } = await start(
    (elsewhere, { path }) => new Response(null, { status: 307, headers: { location: `${elsewhere}${path}` } }),
    { elsewhere: () => new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="store"' } }) },
  );
  await run("fetchManifest", registry, { registry: own.host, repository: "team/app" }).catch(() => undefined);
  expect(other.seen).toHaveLength(1);
  expectNoSecrets(other.seen);
});

it.each([
  ["user and password", credentials],
  ["token", { token: "dummy-token" }],
  ["identity token", { identityToken: "dummy-identity" }],
] as const satisfies readonly (readonly [string, Credentials])[])(
  "gives a mirror no credentials of the registry: %s",
  async (_, given) => {
    const { other: mirror, own } = await start(() => new Response("own"), {
      elsewhere: () => new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="mirror"' } }),
    });
    const registry = createOciRegistry({
      hosts: [own.host],
      credentials: given,
      mirrors: { [own.host]: [mirror.host] },
    });
    cleanUps.push(registry.close);
    await run("fetchBlob", registry, { registry: own.host, repository: "team/app" }).catch(() => undefined);
    expect(mirror.seen.length).toBeGreaterThan(0);
    expectNoSecrets(mirror.seen);
  },
);

it("gives a mirror what a function has for it", async () => {
  const asked: string[] = [];
  const { other: mirror, own } = await start(() => new Response("own"), {
    elsewhere: ({ headers }) =>
      headers.has("authorization")
        ? new Response(content)
        : new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="mirror"' } }),
  });
  const registry = createOciRegistry({
    hosts: [own.host],
    mirrors: { [own.host]: [mirror.host] },
    credentials: async (host) => {
      asked.push(host);
      return host === mirror.host ? { username: "mirror", password: "of-the-mirror" } : credentials;
    },
  });
  cleanUps.push(registry.close);
  await run("fetchBlob", registry, { registry: own.host, repository: "team/app" });
  expect(asked).toEqual([mirror.host]);
  expectNoSecrets(mirror.seen.filter(({ headers }) => headers.get("authorization") === null));
});

it.each([
  ["a redirect", 307],
  ["a redirect that changes the method", 302],
])("does not take a password or an identity token to another token endpoint by %s", async (_, status) => {
  for (const given of [credentials, { identityToken: "dummy-identity" }]) {
    const other = await open(() => Response.json({ token: "dummy-other" }));
    const own = await open(({ path }) =>
      path.startsWith("/token")
        ? new Response(null, { status, headers: { location: `${other.origin}/token` } })
        : new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="${own.origin}/token"` } }),
    );
    const registry = createOciRegistry({ hosts: [own.host], credentials: given });
    cleanUps.push(registry.close);
    await run("resolve", registry, { registry: own.host, repository: "team/app" }).catch(() => undefined);
    expect(own.seen.some(({ path }) => path.startsWith("/token"))).toBe(true);
    expectNoSecrets(other.seen);
  }
});

it.each([
  "http://tokens.test/token",
  "https://10.0.0.7/token",
  "https://[fd00::7]/token",
  "https://169.254.169.254/token",
  "https://127.0.0.1/token",
  "http://localhost/token",
  "https://bayplan:dummy@tokens.test/token",
  "ftp://tokens.test/token",
  "//tokens.test:80:80/token",
  "",
])("asks no token endpoint that cannot be trusted: %s", async (realm) => {
  for (const given of [credentials, { identityToken: "dummy-identity" }]) {
    const asked: string[] = [];
    const registry = createOciRegistry({
      hosts: ["registry.test"],
      credentials: given,
      fetch: async (url) => {
        asked.push(new URL(url).origin);
        return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` } });
      },
    });
    const result = run("resolve", registry, { registry: "registry.test", repository: "team/app" });
    // An empty realm is an address, too: the registry's own.
    const code = realm === "" ? "UNAUTHORIZED" : "RESPONSE_INVALID";
    await expect(result).rejects.toMatchObject({ code });
    expect(new Set(asked)).toEqual(new Set(["https://registry.test"]));
  }
});
