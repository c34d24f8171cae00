import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createRegistryHandler } from "./registry-handler.ts";

const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
const path = "/v2/team/app/manifests/v1";

function open() {
  const handler = createRegistryHandler([
    ["team/app", "v1"],
    ["other", "v1"],
  ]);
  const ask = (url: string, headers: Readonly<Record<string, string>> = {}) =>
    handler.answer({ url, headers: { host: "registry.example:1", ...headers } });
  const tokenFor = (query: string) => {
    const { token } = JSON.parse(ask(`/token?${query}`).body) as { token: string };
    return { authorization: `Bearer ${token}`, accept };
  };
  return { ...handler, ask, tokenFor };
}

describe("the registry of the slow link", () => {
  it("shows nothing without a token, and says where there are some", () => {
    const { ask, takeCounts } = open();
    for (const [url, scope] of [
      ["/v2/", ""],
      [path, ',scope="repository:team/app:pull"'],
    ] as const) {
      expect(ask(url, { accept })).toMatchObject({
        status: 401,
        headers: { "www-authenticate": `Bearer realm="https://registry.example:1/token",service="bench"${scope}` },
      });
    }
    expect(takeCounts()).toEqual({ pings: 1, tokens: 0, manifests: 0, refused: 1 });
    expect(takeCounts()).toEqual({ pings: 0, tokens: 0, manifests: 0, refused: 0 });
  });

  it("gives a manifest whose bytes are what its headers say", () => {
    const { ask, tokenFor } = open();
    const { status, headers, body } = ask(path, tokenFor("scope=repository:team/app:pull"));
    expect(status).toBe(200);
    expect(headers["docker-content-digest"]).toBe(`sha256:${createHash("sha256").update(body).digest("hex")}`);
    expect(headers["content-length"]).toBe(Buffer.byteLength(body));
    expect(JSON.parse(body)).toMatchObject({ schemaVersion: 2, mediaType: headers["content-type"] });
  });

  it("takes a token for the repositories it was asked for, and for no other", () => {
    const { ask, tokenFor } = open();
    const other = "/v2/other/manifests/v1";
    const statuses = (query: string) => [path, other].map((url) => ask(url, tokenFor(query)).status);
    expect(statuses("scope=repository:team/app:pull")).toEqual([200, 401]);
    expect(statuses("scope=repository:team/app:pull&scope=repository:other:pull")).toEqual([200, 200]);
    expect(statuses("scope=repository:team/app:pull+repository:other:pull,push")).toEqual([200, 200]);
    expect(statuses("scope=repository:team/app:push")).toEqual([401, 401]);
    expect(statuses("")).toEqual([401, 401]);
  });

  it("does not know other tags, and has nothing for those who do not accept manifests", () => {
    const { ask, tokenFor } = open();
    const token = tokenFor("scope=repository:team/app:pull");
    expect(ask("/v2/team/app/manifests/v2", token).status).toBe(404);
    expect(ask(path, { ...token, accept: "application/json" }).status).toBe(404);
    expect(ask("/v2/team/app/tags/list", token).status).toBe(404);
  });
});
