import { parseRepository } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { collect, openTestGhcr, testToken } from "./testing/open-test-ghcr.ts";

const list = ({ registry, name }: ReturnType<typeof openTestGhcr>, repository = name) =>
  collect(registry.inventory?.list(repository) ?? ReadableStream.from([]));

describe("inventory", () => {
  it("lists all pages with descriptors, tags and push times, untagged versions too", async () => {
    const ghcr = openTestGhcr();
    for (let index = 0; index < 230; index += 1) await ghcr.push(`${index}`);
    const index = await ghcr.push("index", ["v1", "latest"], { platforms: ["linux/amd64", "linux/arm64"] });
    const from = ghcr.github.log.length;
    const all = await list(ghcr);
    expect(all).toHaveLength(233);
    const root = all.find(({ descriptor }) => descriptor.digest === index.digest);
    expect(root?.descriptor).toEqual(index.root.descriptor);
    expect(root?.tags).toEqual(["v1", "latest"]);
    expect(all.every(({ pushedAt }) => pushedAt !== undefined)).toBe(true);
    expect(ghcr.sent(from).filter((sent) => sent.endsWith("/versions"))).toHaveLength(3);
    // No manifest is downloaded for it, and the second time nothing is asked of the registry at all.
    expect(ghcr.github.log.slice(from).some(({ method, path }) => method === "GET" && path.includes("/v2/"))).toBe(
      false,
    );
    const again = ghcr.github.log.length;
    expect(await list(ghcr)).toHaveLength(233);
    expect(ghcr.sent(again).filter((sent) => sent.includes("/v2/"))).toEqual([]);
  }, 60_000);

  it("works for packages of a user, and for names with a slash", async () => {
    const ghcr = openTestGhcr();
    const repository = parseRepository("ghcr.io/mona/tools/build");
    await ghcr.push("one", ["v1"], { repository });
    const from = ghcr.github.log.length;
    expect((await list(ghcr, repository)).map(({ tags }) => tags)).toEqual([["v1"]]);
    expect(ghcr.sent(from)).toContain("GET /users/mona/packages/container/tools%2Fbuild/versions");
    // Whose account it is was asked once.
    await list(ghcr, repository);
    expect(ghcr.sent(from).filter((sent) => sent === "GET /users/mona")).toHaveLength(1);
  });

  it.each([
    ["fails", { status: 500 }],
    ["is refused with 409, which Octokit takes for the end", { status: 409, body: "{}" }],
    ["is gone", { status: 404 }],
    ["breaks off", { reset: true } as const],
    [
      "leads elsewhere",
      {
        status: 200,
        headers: { "content-type": "application/json", link: '<https://elsewhere.example/x>; rel="next"' },
        body: "[]",
      },
    ],
    ["leads in a circle", "circle" as const],
  ])(
    "a page that %s is an error, never the end",
    async (_, effect) => {
      const ghcr = openTestGhcr();
      for (let index = 0; index < 101; index += 1) await ghcr.push(`${index}`);
      const match = (request: Request) => new URL(request.url).searchParams.get("page") === "2";
      const link =
        '<https://api.github.com/orgs/octo/packages/container/images/versions?per_page=100&page=2>; rel="next"';
      const circle = { status: 200, headers: { "content-type": "application/json", link }, body: "[]" };
      const fault = ghcr.github.inject({ match, times: 50, effect: effect === "circle" ? circle : effect });
      await expect(list(ghcr)).rejects.toMatchObject({ name: "BayplanError" });
      expect(fault.hits).toBeGreaterThan(0);
      expect(ghcr.github.log.every(({ path }) => path !== "/x")).toBe(true);
    },
    60_000,
  );

  it("leaves out what was deleted meanwhile, and is INCOMPLETE where list and registry do not agree", async () => {
    const ghcr = openTestGhcr();
    await ghcr.push("one", ["v1"]);
    const gone = await ghcr.push("two");
    ghcr.github.packages.freezeLists("octo/images", 2);
    await ghcr
      .open()
      .deleteManifest?.({ ...ghcr.name, kind: "digest", digest: gone.digest }, { tags: [], parents: [] });
    ghcr.github.packages.freezeLists("octo/images", 0);
    await ghcr.push("two");
    ghcr.github.packages.freezeLists("octo/images", 1);
    const [version] = ghcr.github.packages.versions("octo/images");
    const headers = { authorization: `Bearer ${testToken}` };
    await ghcr.github.fetch(`https://api.github.com/orgs/octo/packages/container/images/versions/${version?.id}`, {
      method: "DELETE",
      headers,
    });
    expect((await list(ghcr)).map(({ tags }) => tags)).toEqual([["v1"]]);

    const hidden = await ghcr.push("three");
    const effect = { status: 404 };
    ghcr.github.inject({ match: { method: "HEAD", path: hidden.digest }, times: 10, effect });
    await expect(list(ghcr)).rejects.toMatchObject({ code: "INCOMPLETE" });
  });

  it("is NOT_FOUND where there is no such package, or none that is shown", async () => {
    const ghcr = openTestGhcr();
    await expect(list(ghcr, parseRepository("ghcr.io/octo/never"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(list(ghcr, parseRepository("ghcr.io/nobody/never"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(list(ghcr, parseRepository("elsewhere.example/a/b"))).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  });

  it("waits out short limits of the API, and tells long ones", async () => {
    const ghcr = openTestGhcr();
    await ghcr.push("one", ["v1"]);
    const match = { path: "/versions" };
    const body = JSON.stringify({ message: "You have exceeded a secondary rate limit." });
    const limit = (seconds: string) => ({
      status: 403,
      headers: { "content-type": "application/json", "retry-after": seconds },
      body,
    });
    ghcr.github.inject({ match, effect: limit("5") });
    expect(await list(ghcr)).toHaveLength(1);
    ghcr.github.inject({ match, effect: limit("3600") });
    await expect(list(ghcr)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 3_600_000 });
  });

  it("stops when it is cancelled", async () => {
    const ghcr = openTestGhcr();
    await ghcr.push("one", ["v1"]);
    const abort = new AbortController();
    ghcr.github.inject({ match: { path: "/versions" }, effect: { before: () => abort.abort() } });
    const listing = collect(
      ghcr.registry.inventory?.list(ghcr.name, { signal: abort.signal }) ?? ReadableStream.from([]),
    );
    await expect(listing).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
