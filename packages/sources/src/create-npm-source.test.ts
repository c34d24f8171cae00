import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createNpmSource } from "./create-npm-source.ts";
import { all, json, scriptedFetch } from "./testing/scripted-fetch.ts";

function createWorld(data: unknown, name = "@types/node") {
  const { fetch, sent } = scriptedFetch(() => json(data));
  return { sent, source: createNpmSource({ package: name, fetch, clock: createVirtualClock({ auto: true }) }) };
}

describe("createNpmSource", () => {
  it("gives versions with their times, and deprecated where a text says so", async () => {
    const { source, sent } = createWorld({
      "dist-tags": { latest: "1.0.0" },
      versions: {
        "1.0.0": { deprecated: "use 2" },
        "1.1.0": { deprecated: "" },
        "2.0.0": { deprecated: false },
        "2.1.0": {},
      },
      time: { created: "x", "1.0.0": "2026-02-03T04:05:06.789Z", "9.9.9": "2026-02-03T04:05:06.789Z" },
    });
    expect(await all(source.list())).toEqual([
      { raw: "1.0.0", releasedAt: "2026-02-03T04:05:06.789Z", deprecated: true },
      { raw: "1.1.0", deprecated: false },
      { raw: "2.0.0", deprecated: false },
      { raw: "2.1.0", deprecated: false },
    ]);
    expect(sent.map(({ url }) => url.href)).toEqual(["https://registry.npmjs.org/@types%2Fnode"]);
  });

  it("says NOT_FOUND of a package that was unpublished, not that it has no versions", async () => {
    const { source } = createWorld({ time: { unpublished: { time: "2026-02-03T04:05:06Z" } } });
    await expect(all(source.list())).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(all(createWorld({ time: {} }).source.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it.each(["", "a/b", "@a", "../x", "a b", ".x", "x".repeat(215)])("refuses the package %j", (name) => {
    expect(() => createWorld({}, name)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
