import { type Digest, digestReference, tagReference } from "@bayplan/core";
import type { FaultEffect } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { openTestGhcr } from "./testing/open-test-ghcr.ts";

const isPut = (request: Request): boolean =>
  request.method === "PUT" && new URL(request.url).pathname.endsWith("/manifests/pr-1");
const isDelete = { method: "DELETE" };

async function open(options: Parameters<typeof openTestGhcr>[0] = {}, platforms: readonly string[] = ["linux/amd64"]) {
  const ghcr = openTestGhcr(options);
  const other = await ghcr.push("other", ["main"]);
  const image = await ghcr.push("one", ["pr-1", "v1"], { platforms });
  const target = tagReference(ghcr.name, "pr-1");
  const shown = async (): Promise<Digest | string> => {
    const resolution = await ghcr.registry.resolve(target);
    return resolution.state === "present" ? resolution.descriptor.digest : resolution.state;
  };
  const count = ghcr.github.packages.versions("octo/images").length;
  const versions = () => ghcr.github.packages.versions("octo/images").length;
  return { ...ghcr, other, image, target, shown, count, versions };
}

describe("untag", () => {
  it.each([
    ["an image", ["linux/amd64"]],
    ["an index", ["linux/amd64", "linux/arm64"]],
  ])("takes one tag off %s and leaves everything else: ghcr-untag-happy", async (_, platforms) => {
    const { registry, image, other, target, shown, tagsOf, versions, count } = await open({}, platforms);
    await registry.untag?.(target, image.digest);
    expect(await shown()).toBe("absent");
    expect(tagsOf(image.digest)).toEqual(["v1"]);
    expect(tagsOf(other.digest)).toEqual(["main"]);
    expect(versions()).toBe(count);
    // Done already.
    await registry.untag?.(target, image.digest);
  });

  it("leaves an image without a tag where it had only this one", async () => {
    const { registry, push, name, tagsOf } = await open();
    const image = await push("single", ["only"]);
    await registry.untag?.(tagReference(name, "only"), image.digest);
    expect(tagsOf(image.digest)).toEqual([]);
  });

  it("never takes the original for the dummy while lists are stale, also where this is its only tag", async () => {
    const { registry, push, name, tagsOf, github } = await open();
    const image = await push("single", ["only"]);
    github.packages.freezeLists("octo/images", 4);
    await registry.untag?.(tagReference(name, "only"), image.digest);
    expect(tagsOf(image.digest)).toEqual([]);
    expect(await registry.resolve(tagReference(name, "only"))).toEqual({ state: "absent" });
  });

  it("deletes no dummy that somebody has given another tag", async () => {
    const { registry, open: another, image, target, github, name, shown } = await open();
    let dummy: Digest | undefined;
    const tagIt = async (): Promise<void> => {
      dummy = github.packages.versions("octo/images")[0]?.digest;
      if (dummy !== undefined) await another().tag(digestReference(name, dummy), "theirs", { absent: true });
    };
    // After the tag was written, and before the dummy is looked for.
    github.inject({ match: { method: "GET", path: "/versions" }, after: 1, effect: { before: tagIt } });
    await expect(registry.untag?.(target, image.digest)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await registry.resolve(tagReference(name, "theirs"))).toMatchObject({ descriptor: { digest: dummy } });
    expect(await shown()).toBe(image.digest);
  });

  it("refuses a tag that shows something else: race-untag-tag-moved", async () => {
    const { registry, other, image, target, shown, sent, github } = await open();
    const from = github.log.length;
    await expect(registry.untag?.(target, other.digest)).rejects.toMatchObject({ code: "TAG_MOVED" });
    expect(sent(from).some((one) => /^(?:PUT|DELETE)/.test(one))).toBe(false);
    expect(await shown()).toBe(image.digest);
  });

  it("refuses before it writes where the dummy would be the last tagged version", async () => {
    const ghcr = openTestGhcr();
    const image = await ghcr.push("one", ["pr-1"]);
    const from = ghcr.github.log.length;
    const target = tagReference(ghcr.name, "pr-1");
    await expect(ghcr.registry.untag?.(target, image.digest)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      problems: [{ found: "last-tagged-version" }],
    });
    expect(ghcr.sent(from).some((one) => /^(?:PUT|DELETE)/.test(one))).toBe(false);
  });

  it("never deletes the original while lists are stale, and waits until the dummy appears", async () => {
    const { registry, image, target, github, tagsOf, shown } = await open();
    github.packages.freezeLists("octo/images", 4);
    await registry.untag?.(target, image.digest);
    expect(tagsOf(image.digest)).toEqual(["v1"]);
    expect(await shown()).toBe("absent");
  });

  it("dummy-version-not-visible: puts the tag back after a minute", async () => {
    const { registry, image, target, github, tagsOf, shown, clock, sent } = await open();
    github.packages.freezeLists("octo/images", 1000);
    const startMs = Date.parse(clock.now());
    await expect(registry.untag?.(target, image.digest)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(Date.parse(clock.now()) - startMs).toBeLessThan(70_000);
    expect(await shown()).toBe(image.digest);
    expect([...(tagsOf(image.digest) ?? [])].sort()).toEqual(["pr-1", "v1"]);
    expect(sent().some((one) => one.startsWith("DELETE"))).toBe(false);
  });

  it.each([
    [
      "last tagged version",
      400,
      "You cannot delete the last tagged version of a package. You must delete the package instead.",
      "UNSUPPORTED",
    ],
    ["no permission", 403, "Resource not accessible by integration", "DENIED"],
    ["404 for what is there", 404, "Package not found.", "DENIED"],
    ["out of order", 500, "Server Error", "UNAVAILABLE"],
  ])("puts the tag back where the deletion is refused: %s", async (_, status, message, code) => {
    const { registry, image, target, github, tagsOf, shown } = await open();
    const effect = { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
    github.inject({ match: isDelete, times: 6, effect });
    await expect(registry.untag?.(target, image.digest)).rejects.toMatchObject({ code });
    expect(await shown()).toBe(image.digest);
    expect([...(tagsOf(image.digest) ?? [])].sort()).toEqual(["pr-1", "v1"]);
  });

  it("deletes the dummy again when its tag was put back", async () => {
    const { registry, image, target, github, versions, count } = await open();
    const body = JSON.stringify({ message: "Resource not accessible by integration" });
    const effect = { status: 403, headers: { "content-type": "application/json" }, body };
    github.inject({ match: isDelete, effect });
    await expect(registry.untag?.(target, image.digest)).rejects.toMatchObject({ code: "DENIED" });
    expect(versions()).toBe(count);
  });

  it("says so when somebody else writes the tag meanwhile, and leaves it", async () => {
    const { registry, image, other, target, github, shown, push, tagsOf } = await open();
    github.inject({ match: isPut, effect: { before: async () => void (await push("other", ["pr-1"])) } });
    await registry.untag?.(target, image.digest).catch(() => {});
    // Ours came last here: the dummy replaced what was written in between, and only that tag is gone.
    expect(tagsOf(image.digest)).toEqual(["v1"]);
    expect(tagsOf(other.digest)).toContain("main");

    const again = await open();
    const move = async (): Promise<void> => void (await again.push("other", ["pr-1"]));
    again.github.inject({ match: isDelete, effect: { before: move } });
    await again.registry.untag?.(again.target, again.image.digest);
    expect(await again.shown()).toBe(again.other.digest);
    expect(await shown()).not.toBe(image.digest);
  });

  it("finishes after a crash between the dummy and its deletion", async () => {
    const { open: another, image, target, github, shown, tagsOf, versions, count } = await open();
    const crashed = another();
    const stuck = github.inject({ match: isDelete, times: 100, effect: { before: () => new Promise(() => {}) } });
    void crashed.untag?.(target, image.digest).catch(() => {});
    while (stuck.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    stuck.remove();
    expect(await shown()).not.toBe(image.digest);
    await another().untag?.(target, image.digest);
    expect(await shown()).toBe("absent");
    expect(tagsOf(image.digest)).toEqual(["v1"]);
    expect(versions()).toBe(count);
  });

  it("heeds the signal before the tag shows the dummy, and not between", async () => {
    const { registry, image, target, github, shown } = await open();
    const early = AbortSignal.abort();
    await expect(registry.untag?.(target, image.digest, { signal: early })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(await shown()).toBe(image.digest);
    const late = new AbortController();
    github.inject({ match: isDelete, effect: { before: () => late.abort() } });
    await registry.untag?.(target, image.digest, { signal: late.signal });
    expect(await shown()).toBe("absent");
  });

  const effects = {
    reset: { reset: true as const },
    "a lost answer": { loseResponse: true as const },
    500: { status: 500 },
    403: { status: 403, body: '{"message":"no"}', headers: { "content-type": "application/json" } },
    404: { status: 404, body: '{"message":"Package not found."}', headers: { "content-type": "application/json" } },
  } satisfies Readonly<Record<string, FaultEffect>>;
  const places = [
    { method: "PUT" },
    { method: "DELETE" },
    { path: "/versions" },
    { method: "HEAD" },
    { method: "GET" },
  ];
  it.each(Object.keys(effects))(
    "whatever fails by %s, no other tag changes, and calling again finishes",
    async (name) => {
      // A registry that says by 404 that the tag is not there is believed: that is what its 404 means.
      const met = name === "404" ? places.slice(0, 3) : places;
      for (const match of met) {
        for (const after of [0, 1, 2, 3]) {
          for (const times of [1, 10]) {
            const { registry, image, other, target, github, tagsOf, open: another } = await open();
            const fault = github.inject({ match, after, times, effect: effects[name as keyof typeof effects] });
            const isDone = await registry.untag?.(target, image.digest).then(
              () => true,
              () => false,
            );
            fault.remove();
            const where = JSON.stringify({ match, after, times });
            expect(tagsOf(other.digest), where).toEqual(["main"]);
            expect(tagsOf(image.digest), where).toContain("v1");
            if (isDone) expect(tagsOf(image.digest), where).toEqual(["v1"]);
            await another().untag?.(target, image.digest);
            expect(tagsOf(image.digest), where).toEqual(["v1"]);
            expect(await another().resolve(target), where).toEqual({ state: "absent" });
          }
        }
      }
    },
    60_000,
  );
});

it("a tag of another digest algorithm or form is no dummy", async () => {
  const { registry, image, name, target } = await open();
  await expect(registry.untag?.(target, `sha256:${"0".repeat(64)}` as Digest)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(await registry.resolve(digestReference(name, image.digest))).toMatchObject({ state: "present" });
});
