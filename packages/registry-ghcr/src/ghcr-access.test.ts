import { inspect } from "node:util";
import { parseReference, parseRepository } from "@bayplan/core";
import { usualGhcrQuirks } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { collect, openTestGhcr, testToken } from "./testing/open-test-ghcr.ts";

const base = parseReference("ghcr.io/octo/images:v1");
const other = parseReference("ghcr.io/octo/others:v1");
const closed = parseReference("ghcr.io/elsewhere/images:v1");
const withoutDirect = { quirks: usualGhcrQuirks.filter((quirk) => quirk !== "ghcr-base64-bearer") };
const isToken = (sent: string): boolean => sent === "GET /token";

describe("ghcr-base64-bearer: the token itself opens the registry", () => {
  it("without a token request, after one 401 per host", async () => {
    const { registry, github, push, sent } = openTestGhcr();
    await push("one", ["v1"]);
    const from = github.log.length;
    for (const reference of [base, other, base]) await registry.resolve(reference);
    expect(github.log.slice(from).map(({ method, status }) => `${method} ${status}`)).toEqual([
      "HEAD 401",
      "HEAD 200",
      "HEAD 404",
      "HEAD 200",
    ]);
    expect(sent(from).some(isToken)).toBe(false);
  });

  it("and where it is refused, the token endpoint is asked, for the whole host from then on", async () => {
    const { registry, github, push, sent } = openTestGhcr({ packages: withoutDirect });
    await push("one", ["v1"]);
    const from = github.log.length;
    expect(await registry.resolve(base)).toMatchObject({ state: "present" });
    expect(github.log.slice(from).map(({ method, status }) => `${method} ${status}`)).toEqual([
      "HEAD 401",
      "HEAD 403",
      "GET 200",
      "HEAD 200",
    ]);
    const later = github.log.length;
    expect(await registry.resolve(other)).toEqual({ state: "absent" });
    expect(sent(later)).toEqual(["GET /token", "HEAD /v2/octo/others/manifests/v1"]);
  });

  it("unless it may not be tried", async () => {
    const { open, push, sent, github } = openTestGhcr();
    await push("one", ["v1"]);
    const registry = open({ exchange: "always" });
    const from = github.log.length;
    expect(await registry.resolve(base)).toMatchObject({ state: "present" });
    expect(sent(from).filter(isToken)).toHaveLength(1);
  });

  it("and one closed package does not change that for the others", async () => {
    const { registry, push, sent, github } = openTestGhcr();
    await push("one", ["v1"]);
    expect(await registry.resolve(closed)).toEqual({ state: "denied-or-absent" });
    const from = github.log.length;
    expect(await registry.resolve(base)).toMatchObject({ state: "present" });
    expect(sent(from).some(isToken)).toBe(false);
  });

  it("and a rate limit is not taken for a refusal", async () => {
    const { registry, push, sent, github } = openTestGhcr();
    await push("one", ["v1"]);
    await registry.resolve(base);
    const headers = { "retry-after": "600" };
    github.inject({ match: { path: "/manifests/" }, effect: { status: 403, headers } });
    const from = github.log.length;
    await expect(registry.resolve(base)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 600_000 });
    expect(sent(from)).toHaveLength(1);
  });
});

describe("what is not there, and what is not shown", () => {
  it.each([
    ["the token endpoint refuses with 403 DENIED", []],
    ["the token endpoint refuses with 401", ["ghcr-token-refusal-401"] as const],
  ])("private and missing packages look the same: %s", async (_, more) => {
    const quirks = [...usualGhcrQuirks, ...more];
    const { open, push } = openTestGhcr({ packages: { quirks } });
    await push("one", ["v1"]);
    for (const registry of [open(), open({ exchange: "always" })]) {
      expect(await registry.resolve(closed)).toEqual({ state: "denied-or-absent" });
    }
    const { resolve } = openTestGhcr({ packages: { quirks } }).registry;
    expect(await resolve(closed)).toEqual({ state: "denied-or-absent" });
  });

  it("anonymous callers need a token for public packages, and learn nothing about others", async () => {
    const { github, push, clock } = openTestGhcr({ packages: { publicPackages: ["octo/images"] } });
    await push("one", ["v1"]);
    const { createGhcrRegistry } = await import("./create-ghcr-registry.ts");
    const registry = createGhcrRegistry({ fetch: (url, init) => github.fetch(url, init), clock });
    const from = github.log.length;
    expect(await registry.resolve(base)).toMatchObject({ state: "present" });
    expect(github.log.slice(from).map(({ path }) => path)).toContain("/token");
    expect(await registry.resolve(other)).toEqual({ state: "denied-or-absent" });
    expect(registry).not.toHaveProperty("inventory");
    expect(registry).not.toHaveProperty("deleteManifest");
    expect(registry).not.toHaveProperty("untag");
    expect(registry).not.toHaveProperty("restore");
  });

  it("NAME_UNKNOWN is a missing package and MANIFEST_UNKNOWN a missing tag: both absent to who may look", async () => {
    const { registry, push, name } = openTestGhcr();
    await push("one", ["v1"]);
    const missing = parseRepository("ghcr.io/octo/never");
    expect(await registry.resolve({ ...missing, kind: "tag", tag: "v1" })).toEqual({ state: "absent" });
    expect(await registry.fetchManifest({ ...missing, kind: "tag", tag: "v1" })).toBeUndefined();
    await expect(collect(registry.listTags(missing))).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await registry.resolve({ ...name, kind: "tag", tag: "v2" })).toEqual({ state: "absent" });
    expect(await registry.fetchManifest({ ...name, kind: "tag", tag: "v2" })).toBeUndefined();
    expect(await collect(registry.listTags(name))).toEqual(["v1"]);
  });

  it.each(["expired-or-wrong", "github_pat_fine-grained"])(
    "a token that is no good is no absence: %s",
    async (token) => {
      const { open, push } = openTestGhcr();
      await push("one", ["v1"]);
      await expect(open({ token }).resolve(base)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    },
  );
});

describe("limits of the registry", () => {
  it("ghcr-429-delay-in-body: waits as long as the text says", async () => {
    const { registry, github, push, clock } = openTestGhcr();
    await push("one", ["v1"]);
    await registry.resolve(base);
    github.packages.limitRegistry({ times: 2, delayMs: 7_000 });
    const before = Date.parse(clock.now());
    const from = github.log.length;
    expect(await registry.fetchManifest(base)).toBeDefined();
    expect(github.log.slice(from).map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(Date.parse(clock.now()) - before).toBeGreaterThanOrEqual(14_000);
    // The answer to a HEAD has no text: tried again after a moment.
    github.packages.limitRegistry({ delayMs: 7_000 });
    expect(await registry.resolve(base)).toMatchObject({ state: "present" });
    github.packages.limitRegistry({ delayMs: 600_000 });
    await expect(registry.fetchManifest(base)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 600_000 });
  });

  it("403 secondary rate limit on push: tried again, and not taken for a missing permission", async () => {
    const { registry, github, push, name } = openTestGhcr();
    const image = await push("one", ["v1"]);
    github.packages.limitRegistry({ kind: "secondary", times: 2 });
    await registry.putManifest(name, image.root);
    github.packages.limitRegistry({ kind: "secondary", times: 50 });
    await expect(registry.putManifest(name, image.root)).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });
});

describe("names and tags", () => {
  it("ghcr-tags-oldest-first: all pages are read, in whatever order", async () => {
    const { registry, push, name } = openTestGhcr({ packages: { tagPageSize: 3 } });
    const tags = ["9", "v2", "1", "latest", "0", "b", "a", "8"];
    await push("one", tags);
    expect(await collect(registry.listTags(name))).toEqual(tags);
  });

  it("ghcr-upload-cancel-405: an upload that is not needed is left", async () => {
    const { registry, push, github, name } = openTestGhcr();
    const image = await push("one", ["v1"]);
    const [blob] = image.blobs;
    const to = parseRepository("ghcr.io/octo/others");
    const from = { ...name, kind: "digest" as const, digest: blob?.descriptor.digest ?? image.digest };
    expect(typeof (await registry.mountBlob?.(to, from))).toBe("boolean");
    const session = await github.fetch("https://ghcr.io/v2/octo/others/blobs/uploads/", {
      method: "POST",
      headers: { authorization: `Bearer ${Buffer.from(testToken).toString("base64")}` },
    });
    const location = new URL(session.headers.get("location") ?? "", "https://ghcr.io");
    const headers = { authorization: `Bearer ${Buffer.from(testToken).toString("base64")}` };
    expect((await github.fetch(location, { method: "DELETE", headers })).status).toBe(405);
  });

  it("upper case is refused before anything is sent, also in references made by hand", async () => {
    const { registry, sent, github } = openTestGhcr();
    expect(() => parseReference("ghcr.io/Octo/Images:v1")).toThrow(
      expect.objectContaining({ code: "INVALID_REFERENCE" }),
    );
    const byHand = { registry: "ghcr.io", repository: "Octo/Images" };
    const from = github.log.length;
    const attempts = [
      () => registry.resolve({ ...byHand, kind: "tag", tag: "V1" }),
      () => collect(registry.listTags(byHand)),
      () => collect(registry.inventory?.list(byHand) ?? ReadableStream.from([])),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
    expect(sent(from)).toEqual([]);
  });
});

it("keeps the token out of errors, in every spelling", async () => {
  const { open, github } = openTestGhcr();
  const base64 = Buffer.from(testToken).toString("base64");
  const said = JSON.stringify({ message: `no ${testToken} ${base64}`, errors: [{ code: "DENIED", message: base64 }] });
  github.inject({ match: {}, times: Number.POSITIVE_INFINITY, effect: { status: 400, body: said } });
  const registry = open();
  const attempts = [
    () => registry.resolve(base),
    () => collect(registry.inventory?.list(base) ?? ReadableStream.from([])),
    () =>
      registry.putManifest(base, {
        descriptor: { mediaType: "x", digest: "sha256:0" as never, size: 0 },
        bytes: new Uint8Array(),
      }),
  ];
  for (const attempt of attempts) {
    const error: unknown = await attempt().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    const shown = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [testToken, base64, base64.replace(/=+$/, "")]) expect(shown).not.toContain(secret);
  }
  expect(inspect(registry, { depth: 20, showHidden: true })).not.toContain(testToken);
});

it.each([
  { token: "ghp_x\n" },
  { token: "" },
  { apiUrl: "http://ghe.example/api/v3" },
  { apiUrl: "https://user:pass@ghe.example" },
  { host: "https://ghcr.io" },
  { maxSubjectReads: -1 },
])("refuses the option %j", (options) => {
  expect(() => openTestGhcr({ registry: options })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});
