import { digestOf } from "@bayplan/core";
import { expect, it } from "vitest";
import { buildImage } from "../image/build-image.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import type { DockerHubQuirk } from "./docker-hub-quirk.ts";
import { createDockerHubSimulator, type DockerHubSimulatorOptions } from "./docker-hub-simulator.ts";

const accounts = [
  { name: "bayplan", password: "dummy", accessTokens: { "pat-write": "write", "pat-delete": "delete" } },
  { name: "stranger", password: "dummy" },
] as const;
const accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
const crane = "https://registry-1.docker.io/v2/bayplan/crane/manifests";

async function open(options: DockerHubSimulatorOptions = {}) {
  const clock = createVirtualClock();
  const hub = createDockerHubSimulator({ accounts, clock, ...options });
  const image = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files: { "content.txt": "crane" } });
  await hub.store("bayplan/crane", image, ["1", "latest"]);
  const registryToken = async (scope: string, basic?: string): Promise<string> => {
    const url = `https://auth.docker.io/token?service=registry.docker.io&scope=${scope}`;
    const headers = basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` };
    return ((await (await hub.fetch(url, { headers })).json()) as { token: string }).token;
  };
  const logIn = (identifier: string, secret: string) =>
    hub.fetch("https://hub.docker.com/v2/auth/token", { method: "POST", body: JSON.stringify({ identifier, secret }) });
  const apiToken = async (identifier: string, secret: string): Promise<string> =>
    ((await (await logIn(identifier, secret)).json()) as { access_token: string }).access_token;
  const send = (method: string, url: string, token?: string) =>
    hub.fetch(url, {
      method,
      headers: token === undefined ? { accept } : { accept, authorization: `Bearer ${token}` },
    });
  return { hub, clock, image, registryToken, logIn, apiToken, send };
}

it("gives everybody a token, and lets it do only what the account may", async () => {
  const { hub, registryToken, send } = await open();
  const challenge = await send("HEAD", `${crane}/1`);
  expect(challenge.headers.get("www-authenticate")).toBe(
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:bayplan/crane:pull"',
  );
  const scope = "repository:bayplan/crane:pull,push,delete";
  const statuses = async (token: string) =>
    [await send("HEAD", `${crane}/1`, token), await send("PUT", `${crane}/2`, token)].map(({ status }) => status);
  expect(await statuses(await registryToken(scope))).toEqual([200, 401]);
  expect(await statuses(await registryToken(scope, "stranger:dummy"))).toEqual([200, 401]);
  expect(await statuses(await registryToken(scope, "bayplan:pat-write"))).toEqual([200, 400]);
  hub.setPrivate("bayplan/crane", true);
  expect(await statuses(await registryToken(scope, "stranger:dummy"))).toEqual([401, 401]);
  const unknown = await send("HEAD", `${crane}/1`, "made-up");
  expect(unknown.headers.get("www-authenticate")).toContain('error="invalid_token"');
});

it("counts GET of manifests as pulls, HEAD not, and answers 429 with the headers when there are none left", async () => {
  const { hub, registryToken, send, clock } = await open({ pullLimit: 1 });
  const token = await registryToken("repository:bayplan/crane:pull");
  expect((await send("HEAD", `${crane}/1`, token)).headers.get("ratelimit-remaining")).toBe("1;w=21600");
  const first = await send("GET", `${crane}/1`, token);
  expect(first.headers.get("ratelimit-limit")).toBe("1;w=21600");
  expect(first.headers.get("docker-ratelimit-source")).toBe("203.0.113.7");
  const second = await send("GET", `${crane}/1`, token);
  expect([second.status, second.headers.get("ratelimit-remaining")]).toEqual([429, "0;w=21600"]);
  expect(await second.text()).toContain("TOOMANYREQUESTS");
  expect((await send("HEAD", `${crane}/1`, token)).status).toBe(200);
  expect(hub.pulls()).toBe(1);
  await clock.advance(21_600_000);
  expect(hub.pulls()).toBe(0);
});

it.each([
  ["dockerhub-plain-text-429", "Too Many Requests (HAP429).\n"],
  ["dockerhub-no-referrers", '{"errors":[{"code":"TOOMANYREQUESTS","message":"too many requests"}]}'],
] as const)("says 429 for too many requests with %s", async (quirk, body) => {
  const { send } = await open({ registryRequestLimit: 1, quirks: [quirk] });
  await send("HEAD", `${crane}/1`);
  expect(await (await send("GET", `${crane}/1`)).text()).toBe(body);
});

it("locks an account after five failed logins for ten minutes, at both doors", async () => {
  const { hub, clock, logIn } = await open();
  for (let times = 0; times < 5; times += 1) expect((await logIn("bayplan", "wrong")).status).toBe(401);
  const url = "https://auth.docker.io/token?service=registry.docker.io";
  const headers = { authorization: `Basic ${Buffer.from("bayplan:dummy").toString("base64")}` };
  const token = await hub.fetch(url, { headers });
  expect([token.status, (await logIn("bayplan", "dummy")).status]).toEqual([429, 429]);
  expect(await token.text()).toContain("too many failed login attempts");
  expect((await logIn("stranger", "dummy")).status).toBe(200);
  await clock.advance(600_000);
  expect((await logIn("bayplan", "dummy")).status).toBe(200);
});

it("lists tags, the last pushed first, by numbered pages of at most 100", async () => {
  const { hub, clock, image, send } = await open();
  await clock.advance(1_000);
  await hub.store("bayplan/crane", image, ["new"]);
  const url = "https://hub.docker.com/v2/namespaces/bayplan/repositories/crane/tags";
  const first = (await (await send("GET", `${url}?page_size=2`)).json()) as Record<string, unknown>;
  expect(first).toMatchObject({ count: 3, next: `${url}?page=2&page_size=2`, previous: null });
  const results = first["results"] as readonly Record<string, unknown>[];
  expect(results[0]).toMatchObject({
    name: "new",
    digest: image.digest,
    media_type: image.root.descriptor.mediaType,
    tag_last_pushed: "2026-01-01T00:00:01.000Z",
    tag_last_pulled: null,
  });
  expect(results[0]?.["full_size"]).not.toBe(image.root.descriptor.size);
  const last = (await (await send("GET", String(first["next"]))).json()) as Record<string, unknown>;
  expect(last).toMatchObject({ next: null });
  expect((await send("GET", `${url}?page=3&page_size=2`)).status).toBe(404);
  expect((await send("DELETE", `${url}/new`)).status).toBe(405);
});

it("hides private repositories from the Hub API, and gives nothing for a namespace that does not exist", async () => {
  const { hub, apiToken, send } = await open();
  hub.setPrivate("bayplan/crane", true);
  const url = "https://hub.docker.com/v2/namespaces/bayplan/repositories/crane/tags";
  expect((await send("GET", url)).status).toBe(404);
  expect((await send("GET", url, await apiToken("stranger", "dummy"))).status).toBe(404);
  expect((await send("GET", url, await apiToken("bayplan", "dummy"))).status).toBe(200);
  const nobody = await send("GET", "https://hub.docker.com/v2/namespaces/nobody/repositories/x/tags");
  expect([nobody.status, await nobody.json()]).toMatchObject([200, { count: 0, results: [] }]);
});

it("takes the tokens of one door at the other one for made up, and its own for ten minutes", async () => {
  const { clock, registryToken, apiToken, send } = await open();
  const api = await apiToken("bayplan", "dummy");
  const registry = await registryToken("repository:bayplan/crane:pull");
  const url = "https://hub.docker.com/v2/namespaces/bayplan/repositories/crane/tags/1";
  const status = async (to: string, token: string) => (await send("GET", to, token)).status;
  expect([await status(url, api), await status(`${crane}/1`, registry)]).toEqual([200, 200]);
  expect([await status(url, registry), await status(`${crane}/1`, api)]).toEqual([401, 401]);
  await clock.advance(600_000);
  expect([await status(url, api), await status(`${crane}/1`, registry)]).toEqual([401, 401]);
});

it("deletes a manifest only by digest, with that scope, and when nothing leads to it", async () => {
  const { hub, image, registryToken, send } = await open();
  const scope = "repository:bayplan/crane:pull,delete";
  const token = await registryToken(scope, "bayplan:pat-delete");
  const weak = await registryToken(scope, "bayplan:pat-write");
  const remove = async (target: string, by = token) => (await send("DELETE", `${crane}/${target}`, by)).status;
  const child = image.children[0]?.descriptor.digest ?? image.digest;
  expect([
    await remove(image.digest, weak),
    await remove("1"),
    await remove(image.digest),
    await remove(child),
  ]).toEqual([401, 405, 403, 403]);
  expect(hub.manifests("bayplan/crane")).toHaveLength(3);
  expect(await remove(digestOf(new Uint8Array([1])))).toBe(404);
});

it.each<readonly [DockerHubQuirk[], string, number]>([
  [[], "pat-write", 403],
  [[], "pat-delete", 204],
  [["dockerhub-pat-refused"], "pat-delete", 403],
  [["dockerhub-pat-refused"], "dummy", 204],
])("with %j, deleting a tag as %s is %i", async (quirks, secret, status) => {
  const { hub, apiToken, send } = await open({ quirks });
  const url = "https://hub.docker.com/v2/repositories/bayplan/crane/tags/1/";
  expect((await send("DELETE", url)).status).toBe(401);
  expect((await send("DELETE", url, await apiToken("bayplan", secret))).status).toBe(status);
  expect(Object.keys(hub.snapshot()["bayplan/crane"] ?? {})).toEqual(status === 204 ? ["latest"] : ["1", "latest"]);
});

it("limits the Hub API with a time to come back", async () => {
  const { send } = await open({ apiRequestLimit: 1 });
  const url = "https://hub.docker.com/v2/namespaces/bayplan/repositories/crane/tags";
  expect((await send("GET", url)).headers.get("x-ratelimit-remaining")).toBe("0");
  const refused = await send("GET", url);
  expect([refused.status, refused.headers.get("x-retry-after")]).toEqual([429, "1767225660"]);
});

it("is three hosts and no other", async () => {
  const { send } = await open();
  for (const url of ["https://docker.io/v2/", "https://auth.docker.io/v2/", "https://hub.docker.com/"]) {
    expect((await send("GET", url)).status).toBe(404);
  }
});
