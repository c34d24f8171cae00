import { mediaTypes } from "@bayplan/core";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";
import { createVirtualClock, type VirtualClock } from "../virtual-clock.ts";

let clock: VirtualClock;
let registry: TestRegistry;
beforeEach(() => {
  clock = createVirtualClock();
  registry = openTestRegistry({ clock });
});

const path = "/v2/team/app/manifests/latest";
const accept = { headers: { accept: mediaTypes.ociManifest } };
const digestNow = async (): Promise<string | number> => {
  const response = await registry.send("HEAD", path, accept);
  return response.headers.get("docker-content-digest") ?? response.status;
};

describe("a stale read", () => {
  it("gives the tag as it was before the last requests", async () => {
    const first = await registry.push("team/app", "latest");
    const second = await registry.push("team/app", "latest", ["linux/arm64"]);
    expect(second.digest).not.toBe(first.digest);
    registry.inject({ match: { method: "HEAD" }, effect: { staleByRequests: 1 } });
    expect([await digestNow(), await digestNow()]).toEqual([first.digest, second.digest]);
    registry.inject({ match: { method: "HEAD" }, effect: { staleByRequests: 2 } });
    expect(await digestNow()).toBe(second.digest);
  });

  it("gives it as it was that long ago, and does not know what came later", async () => {
    await clock.advance(1000);
    const first = await registry.push("team/app", "latest");
    await clock.advance(1000);
    await registry.push("team/app", "latest", ["linux/arm64"]);
    await clock.advance(1000);
    const stale = async (staleByMs: number): Promise<string | number> => {
      registry.inject({ match: { method: "HEAD" }, effect: { staleByMs } });
      return digestNow();
    };
    expect(await stale(1500)).toBe(first.digest);
    expect(await stale(2500)).toBe(404);
    registry.inject({ match: { path: "tags" }, effect: { staleByMs: 2500 } });
    expect(await registry.outcome("GET", "/v2/team/app/tags/list")).toEqual([404, "NAME_UNKNOWN"]);
  });

  it("still gives what was deleted, with its bytes", async () => {
    const image = await registry.push("team/app", "latest");
    await registry.send("DELETE", `/v2/team/app/manifests/${image.digest}`);
    registry.inject({ match: { method: "GET" }, effect: { staleByRequests: 1 } });
    const response = await registry.send("GET", path, accept);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(image.root.bytes);
    expect((await registry.send("GET", path, accept)).status).toBe(404);
  });

  it("never makes a write stale, and does not count it", async () => {
    const image = await registry.push("team/app", "latest");
    const fault = registry.inject({ match: {}, times: 5, effect: { staleByRequests: 100 } });
    expect(await registry.outcome("DELETE", path)).toEqual([202]);
    expect(fault.hits).toBe(0);
    expect(registry.snapshot()["team/app"]).toEqual({});
    expect(image.digest).toMatch(/^sha256:/);
  });
});
