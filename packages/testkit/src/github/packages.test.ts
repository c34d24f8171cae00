import { type Digest, parseInstant } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { buildImage } from "../image/build-image.ts";
import { pushImage } from "../image/push-image.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import { type GhcrQuirk, usualGhcrQuirks } from "./ghcr-quirk.ts";
import type { SimulatedPackagesOptions } from "./github-packages.ts";
import { createGitHubSimulator } from "./github-simulator.ts";
import type { SimulatedPackageToken } from "./package-token.ts";

const all: SimulatedPackageToken = {
  kind: "classic",
  login: "mona",
  scopes: ["read:packages", "write:packages", "delete:packages"],
  roles: { octo: "admin" },
};

function open(options: Partial<SimulatedPackagesOptions> = {}, server?: "ghes-3.19") {
  const clock = createVirtualClock({ start: parseInstant("2026-01-01T00:00:00Z") });
  const github = createGitHubSimulator({
    clock,
    ...(server === undefined ? {} : { server }),
    packages: {
      owners: { octo: "Organization", mona: "User" },
      tokens: { all, wf: { kind: "workflow", packages: "write", roles: { octo: "write" } } },
      ...options,
    },
  });
  const rest = async (method: string, path: string, token = "all") => {
    const url = path.startsWith("http") ? path : `https://api.github.com${path}`;
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    const response = await github.fetch(url, { method, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, data: text === "" ? undefined : JSON.parse(text) };
  };
  const registry = async (method: string, path: string, authorization?: string) => {
    const headers = {
      accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json",
      ...(authorization === undefined ? {} : { authorization }),
    };
    const response = await github.fetch(`https://ghcr.io${path}`, { method, headers });
    const text = await response.text();
    const code = text.startsWith("{") ? JSON.parse(text).errors?.[0]?.code : undefined;
    return { status: response.status, code, text, headers: response.headers };
  };
  const push = async (repository: string, tag: string, content = tag): Promise<Digest> => {
    const image = await buildImage({ platforms: ["linux/amd64"], files: { content } });
    const credentials = { username: "mona", password: "all" };
    return await pushImage({ origin: "https://ghcr.io", fetch: github.fetch, credentials, repository, tag, image });
  };
  return { github, clock, rest, registry, push };
}

const bearer = (token: string): string => `Bearer ${Buffer.from(token).toString("base64")}`;
const versions = "/orgs/octo/packages/container/images/versions";
const without = (quirk: GhcrQuirk) => ({ quirks: usualGhcrQuirks.filter((one) => one !== quirk) });

describe("package versions", () => {
  it("list what was pushed, newest first, 30 per page or up to 100, for organisation, user and oneself", async () => {
    const { rest, push, clock } = open();
    const first = await push("octo/images", "v0");
    for (let index = 1; index < 35; index += 1) await push("octo/images", `v${index}`);
    const page = await rest("GET", versions);
    expect(page.data).toHaveLength(30);
    expect(page.data[0].metadata.container.tags).toEqual(["v34"]);
    const second = await rest("GET", /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ?? "");
    expect(second.data.at(-1)).toMatchObject({ name: first, created_at: clock.now() });
    expect(second.headers.get("link")).not.toContain('rel="next"');
    expect((await rest("GET", `${versions}?per_page=100`)).data).toHaveLength(35);
    await push("mona/a/b", "v1");
    for (const base of ["/users/mona", "/user"]) {
      expect((await rest("GET", `${base}/packages/container/a%2Fb/versions`)).data).toHaveLength(1);
    }
    expect((await rest("GET", "/users/mona/packages/container/a%2Fb")).data).toMatchObject({ visibility: "private" });
    // An account of the other kind has none.
    expect((await rest("GET", "/users/octo/packages/container/images/versions")).status).toBe(404);
    expect((await rest("GET", "/users/octo")).data).toMatchObject({ type: "Organization" });
  });

  it("are deleted with all their tags and restored with those that are free", async () => {
    const { rest, push, registry } = open();
    await push("octo/images", "keep");
    await push("octo/images", "v1", "same");
    await push("octo/images", "v2", "same");
    const [{ id }] = (await rest("GET", versions)).data;
    expect((await rest("DELETE", `${versions}/${id}`)).status).toBe(204);
    expect((await rest("DELETE", `${versions}/${id}`)).status).toBe(404);
    expect(await registry("HEAD", "/v2/octo/images/manifests/v1", bearer("all"))).toMatchObject({ status: 404 });
    expect((await rest("GET", `${versions}?state=deleted`)).data).toMatchObject([{ id }]);
    await push("octo/images", "v1", "other");
    expect((await rest("POST", `${versions}/${id}/restore`)).status).toBe(204);
    expect((await rest("GET", `${versions}/${id}`)).data.metadata.container.tags).toEqual(["v2"]);
  });

  it("are kept by GitHub where it keeps them", async () => {
    const { rest, push, github } = open({ publicPackages: ["octo/images"] });
    const digest = await push("octo/images", "v1");
    const [{ id }] = (await rest("GET", versions)).data;
    expect(await rest("DELETE", `${versions}/${id}`)).toMatchObject({
      status: 400,
      data: { message: /last tagged/ },
    } as never);
    await push("octo/images", "v2");
    github.packages.setDownloads("octo/images", digest, 5001);
    expect((await rest("DELETE", `${versions}/${id}`)).data.message).toMatch(/more than 5000 downloads/);
    github.packages.setVisibility("octo/images", "private");
    expect((await rest("DELETE", `${versions}/${id}`)).status).toBe(204);
  });

  it("are hidden from those who may not see them, and refused to those who may not delete", async () => {
    const limited: SimulatedPackageToken = {
      kind: "classic",
      login: "hubot",
      scopes: ["read:packages", "delete:packages"],
    };
    const { rest, push } = open({
      tokens: {
        all,
        limited,
        reader: { ...limited, roles: { octo: "read" } },
        none: { ...limited, scopes: [] },
        wf: { kind: "workflow", packages: "write", roles: { octo: "write" } },
        fine: { kind: "fine-grained", login: "mona" },
      },
    });
    await push("octo/images", "v1");
    await push("octo/images", "v2");
    const [{ id }] = (await rest("GET", versions)).data;
    const outcome = async (method: string, path: string, token: string) => {
      const { status, data } = await rest(method, path, token);
      return [status, data.message];
    };
    expect(await outcome("GET", versions, "")).toEqual([401, "Requires authentication"]);
    expect(await outcome("GET", versions, "wrong")).toEqual([401, "Bad credentials"]);
    expect(await outcome("GET", versions, "limited")).toEqual([404, "Package not found."]);
    const scope = "You need at least read:packages scope to get a package's versions.";
    expect(await outcome("GET", versions, "none")).toEqual([403, scope]);
    expect(await outcome("GET", versions, "fine")).toEqual([403, "Resource not accessible by personal access token"]);
    expect(await outcome("DELETE", `${versions}/${id}`, "reader")).toEqual([404, "Package not found."]);
    expect(await outcome("DELETE", `${versions}/${id}`, "wf")).toEqual([403, "Resource not accessible by integration"]);
    expect(await outcome("GET", "/user", "wf")).toEqual([403, "Resource not accessible by integration"]);
  });

  it("are listed as they were where the list was frozen", async () => {
    const { rest, push, github } = open();
    await push("octo/images", "v1");
    github.packages.freezeLists("octo/images", 2);
    await push("octo/images", "v2");
    expect((await rest("GET", versions)).data).toHaveLength(1);
    expect((await rest("GET", versions)).data).toHaveLength(1);
    expect((await rest("GET", versions)).data).toHaveLength(2);
  });
});

describe("the container registry", () => {
  it("gives tokens only for what may be seen, and one refusal for the rest", async () => {
    const { registry, push } = open({ publicPackages: ["octo/public"] });
    await push("octo/public", "v1");
    await push("octo/images", "v1");
    const ask = (scope: string, user?: string) =>
      registry(
        "GET",
        `/token?scope=${scope}`,
        user === undefined ? undefined : `Basic ${Buffer.from(`x:${user}`).toString("base64")}`,
      );
    expect((await ask("repository:octo/public:pull")).status).toBe(200);
    const refusals = await Promise.all([
      ask("repository:octo/images:pull"),
      ask("repository:octo/never:pull"),
      ask("repository:octo/public:pull", "wrong"),
    ]);
    expect(new Set(refusals.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(refusals[0]).toMatchObject({ status: 403, code: "DENIED" });
    expect((await ask("repository:octo/never:pull", "all")).status).toBe(200);
  });

  it("tells a missing package from a missing tag to who may look", async () => {
    const { registry, push } = open();
    await push("octo/images", "v1");
    expect(await registry("GET", "/v2/octo/never/manifests/v1", bearer("all"))).toMatchObject({ code: "NAME_UNKNOWN" });
    expect(await registry("GET", "/v2/octo/images/manifests/v2", bearer("all"))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
    });
    expect(await registry("GET", "/v2/else/images/manifests/v2", bearer("all"))).toMatchObject({ status: 403 });
  });

  it("refuses pushes in GitHub's words", async () => {
    const limited: SimulatedPackageToken = {
      kind: "classic",
      login: "hubot",
      scopes: ["write:packages"],
      roles: { octo: "read" },
    };
    const { registry, push } = open({ tokens: { all, limited, reading: { ...limited, scopes: ["read:packages"] } } });
    await push("octo/images", "v1");
    const start = (name: string, token: string) => registry("POST", `/v2/${name}/blobs/uploads/`, bearer(token));
    expect((await start("octo/images", "limited")).text).toContain("permission_denied: write_package");
    expect((await start("octo/never", "limited")).text).toContain("permission_denied: create_package");
    expect((await start("octo/images", "reading")).text).toContain("does not match expected scopes");
  });

  it.each<[GhcrQuirk, number, number, (opened: ReturnType<typeof open>) => Promise<{ status: number }>]>([
    ["ghcr-base64-bearer", 200, 403, ({ registry }) => registry("GET", "/v2/octo/images/tags/list", bearer("all"))],
    ["ghcr-delete-405", 405, 202, ({ registry }) => registry("DELETE", "/v2/octo/images/manifests/v1", bearer("all"))],
    [
      "ghcr-no-referrers-api",
      404,
      200,
      ({ registry }) => registry("GET", `/v2/octo/images/referrers/sha256:${"0".repeat(64)}`, bearer("all")),
    ],
  ])("%s can be switched off", async (quirk, on, off, ask) => {
    const [usual, unusual] = [open(), open({ quirks: usualGhcrQuirks.filter((one) => one !== quirk) })];
    for (const { push } of [usual, unusual]) await push("octo/images", "v1");
    expect((await ask(usual)).status).toBe(on);
    if (quirk === "ghcr-base64-bearer") return expect((await ask(unusual)).status).toBe(off);
    expect((await ask(unusual)).status).toBe(off);
  });

  it("ghcr-upload-cancel-405, ghcr-placeholder-scope, ghcr-tags-oldest-first, ghcr-token-refusal-401 too", async () => {
    const cancel = async ({ registry }: ReturnType<typeof open>) => {
      const { headers } = await registry("POST", "/v2/octo/images/blobs/uploads/", bearer("all"));
      return (await registry("DELETE", headers.get("location") ?? "", bearer("all"))).status;
    };
    expect([await cancel(open()), await cancel(open(without("ghcr-upload-cancel-405")))]).toEqual([405, 204]);
    const challenge = async ({ registry }: ReturnType<typeof open>) =>
      (await registry("GET", "/v2/")).headers.get("www-authenticate")?.includes("repository:user/image:pull");
    expect([await challenge(open()), await challenge(open(without("ghcr-placeholder-scope")))]).toEqual([true, false]);
    const tags = async ({ registry, push }: ReturnType<typeof open>) => {
      for (const tag of ["b", "c", "a"]) await push("octo/images", tag, "same");
      const page = await registry("GET", "/v2/octo/images/tags/list?n=2", bearer("all"));
      return [JSON.parse(page.text).tags, page.headers.get("link")];
    };
    expect(await tags(open())).toEqual([["b", "c"], expect.stringContaining("last=c")]);
    expect(await tags(open(without("ghcr-tags-oldest-first")))).toEqual([
      ["a", "b"],
      expect.stringContaining("last=b"),
    ]);
    const { registry } = open({ quirks: [...usualGhcrQuirks, "ghcr-token-refusal-401"] });
    expect((await registry("GET", "/token?scope=repository:a/b:pull")).status).toBe(401);
  });

  it("ghcr-429-delay-in-body: limits say how long in their text, or in a header without the quirk", async () => {
    const ask = async ({ github, registry }: ReturnType<typeof open>) => {
      github.packages.limitRegistry({ delayMs: 2_000 });
      const { status, text, headers } = await registry("GET", "/v2/octo/images/tags/list", bearer("all"));
      return [status, /retry-after: 2s/.test(text), headers.get("retry-after")];
    };
    expect(await ask(open())).toEqual([429, true, null]);
    expect(await ask(open(without("ghcr-429-delay-in-body")))).toEqual([429, false, "2"]);
    const { github, registry } = open();
    github.packages.limitRegistry({ kind: "secondary" });
    expect((await registry("GET", "/v2/octo/images/tags/list", bearer("all"))).status).toBe(404);
    expect((await registry("POST", "/v2/octo/images/blobs/uploads/", bearer("all"))).text).toContain(
      "secondary rate limit",
    );
  });

  it("counts downloads, and lets tokens end", async () => {
    const { registry, push, github, clock } = open();
    const digest = await push("octo/images", "v1");
    await registry("HEAD", "/v2/octo/images/manifests/v1", bearer("all"));
    await registry("GET", "/v2/octo/images/manifests/v1", bearer("all"));
    await registry("GET", `/v2/octo/images/manifests/${digest}`, bearer("all"));
    expect(github.packages.versions("octo/images")).toMatchObject([{ digest, downloads: 2 }]);
    const basic = `Basic ${Buffer.from("mona:all").toString("base64")}`;
    const { token } = JSON.parse((await registry("GET", "/token", basic)).text);
    expect((await registry("GET", "/v2/", `Bearer ${token}`)).status).toBe(200);
    await clock.advance(301_000);
    expect((await registry("GET", "/v2/", `Bearer ${token}`)).status).toBe(401);
  });
});

it("packages stand below /api/v3 of an Enterprise Server, too, and beside everything else", async () => {
  const { rest, push } = open({}, "ghes-3.19");
  await push("octo/images", "v1");
  const page = await rest("GET", `https://ghe.example/api/v3${versions}`);
  expect(page.data).toHaveLength(1);
  expect(page.data[0].url).toContain("https://ghe.example/api/v3/orgs/octo");
  expect((await rest("GET", "/repos/octo/images/releases")).status).toBe(404);
  // Without the option there is no registry.
  const plain = createGitHubSimulator({ repositories: {} });
  expect((await plain.fetch("https://ghcr.io/v2/")).status).toBe(404);
});
