import { type Descriptor, digestOf, mediaTypes } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { openTestRegistry } from "../testing/open-test-registry.ts";

const manifestsIn = async (response: Response): Promise<readonly Descriptor[]> =>
  ((await response.json()) as { manifests: readonly Descriptor[] }).manifests;

describe("GET of referrers", () => {
  it("lists manifests by subject, also before the subject is there, and filters by type", async () => {
    const registry = openTestRegistry();
    const empty = await registry.putBlob("team/app", "{}");
    const config = { mediaType: mediaTypes.ociEmpty, digest: empty, size: 2 };
    const subjectBytes = new TextEncoder().encode("the subject");
    const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf(subjectBytes), size: subjectBytes.length };
    const referrer = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [config], subject };
    const path = "/v2/team/app/manifests/";
    const body = JSON.stringify({ ...referrer, artifactType: "application/sbom", annotations: { made: "today" } });
    const response = await registry.send("PUT", `${path}sbom`, {
      body,
      headers: { "content-type": mediaTypes.ociManifest },
    });
    expect(response.headers.get("oci-subject")).toBe(subject.digest);
    await registry.putManifest(`${path}other`, referrer);
    await registry.push("team/app", "unrelated");

    const all = await registry.send("GET", `/v2/team/app/referrers/${subject.digest}`);
    expect(all.headers.get("content-type")).toBe(mediaTypes.ociIndex);
    expect(all.headers.has("oci-filters-applied")).toBe(false);
    const types = (await manifestsIn(all)).map((one) => one.artifactType);
    expect(types.sort()).toEqual(["application/sbom", mediaTypes.ociEmpty]);

    const some = await registry.send("GET", `/v2/team/app/referrers/${subject.digest}?artifactType=application/sbom`);
    expect(some.headers.get("oci-filters-applied")).toBe("artifactType");
    const digest = digestOf(new TextEncoder().encode(body));
    expect(await manifestsIn(some)).toEqual([
      {
        mediaType: mediaTypes.ociManifest,
        digest,
        size: body.length,
        artifactType: "application/sbom",
        annotations: { made: "today" },
      },
    ]);
  });

  it("is an empty index where there is nothing, and refuses what is no digest", async () => {
    const registry = openTestRegistry();
    const absent = digestOf(new TextEncoder().encode("nothing"));
    const response = await registry.send("GET", `/v2/team/none/referrers/${absent}`);
    expect([response.status, await manifestsIn(response)]).toEqual([200, []]);
    expect(await registry.outcome("GET", "/v2/team/none/referrers/latest")).toEqual([400, "DIGEST_INVALID"]);
  });

  it("comes in pages that keep the filter, and miss and repeat nothing", async () => {
    const registry = openTestRegistry({ pageSize: 2 });
    const empty = await registry.putBlob("team/app", "{}");
    const config = { mediaType: mediaTypes.ociEmpty, digest: empty, size: 2 };
    const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf(new Uint8Array([1])), size: 1 };
    for (let index = 0; index < 8; index++) {
      const artifactType = index < 5 ? "application/sbom" : "application/signature";
      const annotations = { index: String(index) };
      const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [config], subject };
      const document = { ...manifest, artifactType, annotations };
      await registry.putManifest(`/v2/team/app/manifests/t${index}`, document);
    }
    const found: (string | undefined)[] = [];
    let pages = 0;
    let path: string | undefined = `/v2/team/app/referrers/${subject.digest}?artifactType=application%2Fsbom`;
    for (; path !== undefined; pages++) {
      const response = await registry.send("GET", path);
      expect(response.headers.get("oci-filters-applied")).toBe("artifactType");
      found.push(...(await manifestsIn(response)).map((one) => one.annotations?.["index"]));
      path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    }
    expect([pages, found.toSorted()]).toEqual([3, ["0", "1", "2", "3", "4"]]);
  });
});
