import { digestOf, digestReference } from "@bayplan/core";
import { createVirtualClock, startDockerRegistry } from "@bayplan/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { referrerOf } from "./testing/lacking-registry.ts";

// A real registry without the referrers API, which stores no index that names what is not there.
const server = await startDockerRegistry();

describe.skipIf(server === undefined)("docker-registry 2.8 (skipped: try apt-get install docker-registry)", () => {
  afterAll(() => server?.close());

  it("lists, finds and deletes referrers, and heals a list with something missing", async () => {
    const host = server?.host ?? "";
    const place = { registry: host, repository: "a/b" };
    const registry = createOciRegistry({ hosts: [host], clock: createVirtualClock({ auto: true }) });
    const subject = digestOf(Buffer.from("subject"));
    const all = Array.from({ length: 5 }, (_, at) => referrerOf(subject, `${at}`));
    const digests = all.map(({ descriptor }) => descriptor.digest);
    const listed = async () => {
      const found: string[] = [];
      for await (const { digest } of registry.referrers.list(digestReference(place, subject))) found.push(digest);
      return found.sort();
    };
    await Promise.all(all.slice(0, 4).map((one) => registry.putManifest(place, one)));
    expect(await listed()).toEqual(digests.slice(0, 4).sort());
    const url = `${server?.origin}/v2/a/b/manifests/${digests[0]}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
    await registry.putManifest(place, all[4] as (typeof all)[number]);
    expect(await listed()).toEqual(digests.slice(1).sort());
    for (const digest of digests.slice(1)) {
      await registry.deleteManifest?.(digestReference(place, digest), { tags: [], parents: [] });
    }
    expect(await listed()).toEqual([]);
    const tags: string[] = [];
    for await (const tag of registry.listTags(place)) tags.push(tag);
    expect(tags).toEqual([]);
    await registry.close();
  });
});
