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
    expect(types).toEqual(["application/sbom", mediaTypes.ociEmpty]);

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
});
