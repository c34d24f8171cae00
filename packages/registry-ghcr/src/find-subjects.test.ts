import { type Descriptor, digestReference, readOnly } from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { usualGhcrQuirks } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { collect, openTestGhcr, type TestGhcr } from "./testing/open-test-ghcr.ts";

const list = (ghcr: TestGhcr, subject: { digest: Descriptor["digest"] }, options = {}, registry = ghcr.registry) =>
  collect(registry.referrers.list(digestReference(ghcr.name, subject.digest), options));
const downloads = (ghcr: TestGhcr, from: number) =>
  ghcr.github.log
    .slice(from)
    .filter(({ method, path, status }) => method === "GET" && path.includes("/manifests/") && status === 200);

describe("referrers where GitHub echoes OCI-Subject and lists nothing", () => {
  it("ghcr-subject-echo, ghcr-no-referrers-api: are found by reading manifests, once each", async () => {
    const ghcr = openTestGhcr();
    const image = await ghcr.push("one", ["v1"]);
    const other = await ghcr.push("two", ["v2"]);
    const signature = await ghcr.attach(image, "application/vnd.test.signature");
    const bill = await ghcr.attach(image, "application/vnd.test.bill");
    await ghcr.attach(other, "application/vnd.test.signature");
    // Nothing was listed under a fallback tag: the registry says that it took notice.
    expect(
      ghcr.github.packages
        .versions("octo/images")
        .flatMap(({ tags }) => tags)
        .sort(),
    ).toEqual(["v1", "v2"]);
    const from = ghcr.github.log.length;
    const found = await list(ghcr, image);
    expect(found.map(({ digest }) => digest).sort()).toEqual(
      [bill, signature].map(({ descriptor }) => descriptor.digest).sort(),
    );
    expect(found.find(({ digest }) => digest === bill.descriptor.digest)).toEqual({
      ...bill.descriptor,
      artifactType: "application/vnd.test.bill",
    });
    expect(await list(ghcr, image, { artifactType: "application/vnd.test.bill" })).toHaveLength(1);
    expect(await list(ghcr, other)).toHaveLength(1);
    // Each manifest of the package was downloaded once for all three questions.
    expect(downloads(ghcr, from).length).toBeLessThanOrEqual(5);
  });

  it("the manifest cache spares the downloads in the next process", async () => {
    const ghcr = openTestGhcr();
    const image = await ghcr.push("one", ["v1"]);
    await ghcr.attach(image, "application/vnd.test.signature");
    const cache = createManifestCache();
    await list(ghcr, image, {}, ghcr.open({ cache }));
    const from = ghcr.github.log.length;
    expect(await list(ghcr, image, {}, ghcr.open({ cache }))).toHaveLength(1);
    expect(downloads(ghcr, from)).toHaveLength(0);
  });

  it("fallback tag: what stands under it comes too, and nothing twice", async () => {
    const ghcr = openTestGhcr({ packages: { quirks: usualGhcrQuirks.filter((one) => one !== "ghcr-subject-echo") } });
    const image = await ghcr.push("one", ["v1"]);
    const signature = await ghcr.attach(image, "application/vnd.test.signature");
    const tag = `sha256-${image.digest.slice("sha256:".length)}`;
    expect(ghcr.github.packages.versions("octo/images").flatMap(({ tags }) => tags)).toContain(tag);
    expect((await list(ghcr, image)).map(({ digest }) => digest)).toEqual([signature.descriptor.digest]);
  });

  it("is INCOMPLETE beyond the limit, and looks at the fallback tag only with 0", async () => {
    const ghcr = openTestGhcr();
    const image = await ghcr.push("one", ["v1"]);
    await ghcr.attach(image, "application/vnd.test.signature");
    await ghcr.push("two", ["v2"]);
    await expect(list(ghcr, image, {}, ghcr.open({ maxSubjectReads: 1 }))).rejects.toMatchObject({
      code: "INCOMPLETE",
    });
    const from = ghcr.github.log.length;
    expect(await list(ghcr, image, {}, ghcr.open({ maxSubjectReads: 0 }))).toEqual([]);
    expect(downloads(ghcr, from)).toHaveLength(0);
    expect(await list(ghcr, image, {}, ghcr.open({ packages: "none" }))).toEqual([]);
  });

  it("an error while looking is no end", async () => {
    const ghcr = openTestGhcr();
    const image = await ghcr.push("one", ["v1"]);
    await ghcr.attach(image, "application/vnd.test.signature");
    ghcr.github.inject({ match: { path: "/versions" }, times: 10, effect: { status: 500 } });
    await expect(list(ghcr, image)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

it("readOnly lets nothing through that changes packages", () => {
  const { registry } = openTestGhcr();
  const reading = readOnly(registry);
  expect(Object.keys(registry)).toEqual(expect.arrayContaining(["deleteManifest", "untag", "restore", "inventory"]));
  for (const name of ["deleteManifest", "untag", "restore", "tagMany", "mountBlob", "close"]) {
    expect(reading).not.toHaveProperty(name);
  }
  expect(reading.inventory).toBeDefined();
});

it.each([
  ["read", ["inventory"], ["deleteManifest", "untag", "restore"]],
  ["none", [], ["inventory", "deleteManifest", "untag", "restore"]],
] as const)("packages: %s holds only that", (packages, held, missing) => {
  const { registry } = openTestGhcr({ registry: { packages } });
  for (const name of held) expect(registry).toHaveProperty(name);
  for (const name of missing) expect(registry).not.toHaveProperty(name);
});
