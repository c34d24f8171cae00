import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { createVirtualClock } from "@bayplan/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createDockerConfigCredentials } from "./docker-config-credentials.ts";

const basic = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
const user = (username: string, password = "dummy-secret") => ({ username, password });
let homeFolder = "";
beforeEach(async () => {
  homeFolder = await mkdtemp(join(tmpdir(), "bayplan-docker-"));
});
afterEach(() => rm(homeFolder, { recursive: true, force: true }));

async function write(path: string, content: unknown): Promise<string> {
  const file = join(homeFolder, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}
/** A helper that is a real programme; `$server` is what it was asked for. */
async function helper(name: string, script: string): Promise<void> {
  const log = join(homeFolder, "asked");
  const file = await write(
    `bin/docker-credential-${name}`,
    `#!/bin/sh\nread server\necho "$server" >> ${log}\n${script}\n`,
  );
  await chmod(file, 0o755);
}
const asked = async () =>
  (await import("node:fs/promises")).readFile(join(homeFolder, "asked"), "utf8").catch(() => "");
function create(env: Record<string, string> = {}, more: { helperTimeoutMs?: number } = {}) {
  const clock = createVirtualClock({ auto: true });
  const path = `${join(homeFolder, "bin")}:/usr/bin:/bin`;
  const credentials = createDockerConfigCredentials({ env: { PATH: path, ...env }, homeFolder, clock, ...more });
  const get = (host: string, repository?: string, refresh = false) =>
    credentials(host, { refresh, ...(repository === undefined ? {} : { repository }) });
  return { get, clock };
}

it("gives undefined where there is no file", async () => {
  expect(await create().get("registry.test")).toBeUndefined();
});

it("prefers DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE, Docker's file, podman's, and looks on where there is nothing", async () => {
  const auths = (...names: string[]) => ({ auths: Object.fromEntries(names.map((name) => [`${name}.test`, {}])) });
  const config = (source: string, ...hosts: string[]) => ({
    auths: Object.fromEntries([...hosts.map((host) => [`${host}.test`, basic(`${source}:x`)]), ["e.test", {}]]),
  });
  await write(".config/containers/auth.json", config("podman", "a", "b", "c", "d", "e"));
  await write(".docker/config.json", config("docker", "a", "b", "c"));
  const file = await write("other.json", config("file", "a", "b"));
  const { get } = create({ REGISTRY_AUTH_FILE: file, DOCKER_AUTH_CONFIG: JSON.stringify(config("env", "a")) });
  const sources = await Promise.all(["a", "b", "c", "d"].map(async (host) => get(`${host}.test`)));
  expect(sources).toEqual(["env", "file", "docker", "podman"].map((source) => user(source, "x")));
  expect(await create({ DOCKER_AUTH_CONFIG: JSON.stringify(auths("a")) }).get("a.test")).toEqual(user("docker", "x"));
});

it("reads DOCKER_CONFIG instead of the home folder", async () => {
  await write(".docker/config.json", { auths: { "a.test": basic("home:x") } });
  await write("elsewhere/config.json", { auths: { "a.test": basic("elsewhere:x") } });
  expect(await create({ DOCKER_CONFIG: join(homeFolder, "elsewhere") }).get("a.test")).toEqual(user("elsewhere", "x"));
});

it.each(["docker.io", "index.docker.io", "registry-1.docker.io"])(
  "finds Docker Hub's credentials for %s",
  async (host) => {
    await write(".docker/config.json", { auths: { "https://index.docker.io/v1/": basic("hub:a:b") } });
    expect(await create().get(host)).toEqual(user("hub", "a:b"));
    expect(await create().get("io")).toBeUndefined();
  },
);

it("takes the longest key that begins the repository", async () => {
  const auths = { "a.test": basic("host:x"), "a.test/team": basic("team:x"), "a.test/team/app": basic("app:x") };
  await write(".docker/config.json", { auths });
  const { get } = create();
  const who = async (repository?: string) => ((await get("a.test", repository)) as { username: string }).username;
  expect([await who("team/app"), await who("team/other"), await who("teams/app"), await who()]).toEqual([
    "app",
    "team",
    "host",
    "host",
  ]);
});

it.each([
  [{ identitytoken: "dummy-id" }, { identityToken: "dummy-id" }],
  [
    { ...basic("0-0:"), identitytoken: "dummy-id" },
    { identityToken: "dummy-id", username: "0-0" },
  ],
  [basic("<token>:dummy-id"), { identityToken: "dummy-id" }],
  [{ registrytoken: "dummy-bearer" }, { token: "dummy-bearer" }],
  [{ username: "u", password: "p" }, user("u", "p")],
  [basic("u:p\0\0"), user("u", "p")],
  [{}, undefined],
])("reads the entry %j", async (entry, expected) => {
  await write(".docker/config.json", { auths: { "https://a.test/v2/": entry } });
  expect(await create().get("a.test")).toEqual(expected);
});

it.each([
  ["no JSON", '{"auths":{"a.test":{"auth":"dummy-secret'],
  ["a wrong type", { auths: { "a.test": { auth: 5, password: "dummy-secret" } } }],
  ["no user in the base64", { auths: { "a.test": basic("dummy-secret") } }],
])("names a broken file and says nothing of what is in it: %s", async (_, content) => {
  const file = await write(".docker/config.json", content);
  const error = await create()
    .get("a.test")
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining(file) });
  expect(inspect(error, { depth: 9 })).not.toMatch(/dummy-secret|ZHVtbXktc2VjcmV0/);
});

it("asks the helper of the host, then auths, then the helper for all", async () => {
  await helper("own", `echo '{"Username":"own","Secret":"x"}'`);
  await helper("all", `echo '{"Username":"<token>","Secret":"dummy-id"}'`);
  const auths = { "a.test": basic("stored:x"), "b.test": basic("stored:x") };
  await write(".docker/config.json", { auths, credHelpers: { "a.test": "own" }, credsStore: "all" });
  const { get } = create();
  expect(await get("a.test")).toEqual(user("own", "x"));
  expect(await get("b.test")).toEqual(user("stored", "x"));
  expect(await get("docker.io")).toEqual({ identityToken: "dummy-id" });
  expect(await asked()).toBe("a.test\nhttps://index.docker.io/v1/\n");
});

it("runs a helper once an hour, however many ask, and again when its credentials were refused", async () => {
  await helper("all", `echo '{"Username":"u","Secret":"x"}'`);
  await write(".docker/config.json", { credsStore: "all" });
  const { get, clock } = create();
  const runs = async () => (await asked()).split("\n").length - 1;
  await Promise.all(Array.from({ length: 20 }, () => get("a.test")));
  expect(await runs()).toBe(1);
  await clock.advance(3_599_000);
  await get("a.test");
  expect(await runs()).toBe(1);
  await clock.advance(2_000);
  await get("a.test");
  expect(await runs()).toBe(2);
  await get("a.test", undefined, true);
  expect(await runs()).toBe(3);
});

it("remembers for five seconds that a helper knows nothing", async () => {
  await helper("all", "echo 'credentials not found in native keychain' >&2; exit 1");
  await write(".docker/config.json", { credsStore: "all" });
  const { get, clock } = create();
  expect([await get("a.test"), await get("a.test")]).toEqual([undefined, undefined]);
  expect(await asked()).toBe("a.test\n");
  await clock.advance(5_001);
  expect(await get("a.test")).toBeUndefined();
  expect(await asked()).toBe("a.test\na.test\n");
});

it.each([
  ["it fails", "echo dummy-secret; echo dummy-secret >&2; exit 3", "UNAUTHORIZED"],
  ["it prints something else", "echo dummy-secret", "INVALID_INPUT"],
  ["it prints without end", "while :; do echo dummy-secret; done", "INVALID_INPUT"],
  ["it hangs", "exec sleep 5", "TIMEOUT"],
])("says what is wrong with a helper without its output: %s", async (_, script, code) => {
  await helper("all", script);
  await write(".docker/config.json", { credsStore: "all" });
  const { get } = create({}, { helperTimeoutMs: code === "TIMEOUT" ? 40 : 5_000 });
  const error = await get("a.test").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code });
  expect(inspect(error, { depth: 9 })).not.toContain("dummy-secret");
  await expect(get("a.test")).rejects.toBe(error);
});

it.each(["not-installed", "../evil", "a b"])("refuses the helper %j", async (name) => {
  await write(".docker/config.json", { credsStore: name });
  await expect(create().get("a.test")).rejects.toMatchObject({ code: "INVALID_INPUT" });
});
