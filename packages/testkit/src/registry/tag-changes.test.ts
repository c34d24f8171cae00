import { beforeEach, describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";
import type { TagChange } from "./catalog.ts";

let registry: TestRegistry;
let changes: TagChange[];
beforeEach(() => {
  registry = openTestRegistry();
  changes = [];
  registry.onTagChange((change) => void changes.push(change));
});

describe("who listens to tags", () => {
  it("hears of each that is written, moved and taken away, with what it showed", async () => {
    const first = await registry.push("team/app", "latest");
    const second = await registry.push("team/app", "latest", ["linux/arm64"]);
    await registry.send("DELETE", "/v2/team/app/manifests/latest");
    const latest = { repository: "team/app", tag: "latest" };
    expect(changes).toEqual([
      { ...latest, to: first.digest },
      { ...latest, from: first.digest, to: second.digest },
      { ...latest, from: second.digest },
    ]);
  });

  it("hears of every tag of a manifest that is deleted, and of none that stays as it was", async () => {
    const { digest, root } = await registry.push("team/app", "1.0");
    const again = { headers: { "content-type": root.descriptor.mediaType }, body: new Uint8Array(root.bytes) };
    await registry.send("PUT", "/v2/team/app/manifests/latest", again);
    await registry.send("PUT", "/v2/team/app/manifests/latest", again);
    expect(changes).toHaveLength(2);
    await registry.send("DELETE", `/v2/team/app/manifests/${digest}`);
    expect(changes.slice(2).map(({ tag, from, to }) => [tag, from, to])).toEqual([
      ["1.0", digest, undefined],
      ["latest", digest, undefined],
    ]);
  });

  it("can stop", async () => {
    const stop = registry.onTagChange((change) => void changes.push(change));
    stop();
    await registry.push("team/app", "latest");
    expect(changes).toHaveLength(1);
  });
});
