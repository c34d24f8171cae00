import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createNodeSource } from "./create-node-source.ts";
import { all, json, scriptedFetch } from "./testing/scripted-fetch.ts";

describe("createNodeSource", () => {
  it("gives versions as they are written, with the day's beginning, and LTS where there is a code name", async () => {
    const { fetch, sent } = scriptedFetch(() =>
      json([
        { version: "v22.11.0", date: "2024-10-29", lts: "Jod", security: false, files: [] },
        { version: "v22.10.0", date: "2024-10-16", lts: false },
      ]),
    );
    const source = createNodeSource({ fetch, clock: createVirtualClock({ auto: true }) });
    expect(await all(source.list())).toEqual([
      { raw: "v22.11.0", releasedAt: "2024-10-29T00:00:00Z", lts: true },
      { raw: "v22.10.0", releasedAt: "2024-10-16T00:00:00Z", lts: false },
    ]);
    expect(sent.map(({ url }) => url.href)).toEqual(["https://nodejs.org/dist/index.json"]);
    expect(source.id).toBe("nodejs.org");
  });

  it("takes another folder, such as that of release candidates", async () => {
    const { fetch, sent } = scriptedFetch(() => json([]));
    await all(createNodeSource({ fetch, baseUrl: "https://nodejs.org/download/rc/" }).list());
    expect(sent[0]?.url.pathname).toBe("/download/rc/index.json");
  });

  it.each([{ date: "yesterday" }, { version: 22 }, { lts: 1 }])("fails for a row with %j", async (change) => {
    const { fetch } = scriptedFetch(() => json([{ version: "v1", date: "2024-10-16", lts: false, ...change }]));
    await expect(all(createNodeSource({ fetch }).list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });
});
