import { digestOf, mediaTypes, type StoredBytes } from "@bayplan/core";
import { expect, it } from "vitest";
import { at, drain, image, openHub } from "./testing/open-hub.ts";

const { name, digest } = at("docker.io/bayplan/crane");

it.each([
  ["dockerhub-no-referrers: by the fallback tag", ["dockerhub-no-referrers"] as const, true],
  ["by the API, where it is there", [] as const, false],
])("finds referrers %s", async (_, quirks, hasFallback) => {
  const hub = openHub({ quirks });
  const subject = await image("crane");
  await hub.simulator.store("bayplan/crane", subject, ["1"]);
  const signature = signatureOf(subject.root, subject.blobs[0]?.descriptor ?? subject.root.descriptor);
  await hub.registry.putManifest(name, signature);
  const listed = await drain(hub.registry.referrers.list(digest(subject)));
  expect(listed.map((one) => one.digest)).toEqual([signature.descriptor.digest]);
  const tags = Object.keys(hub.simulator.snapshot()["bayplan/crane"] ?? {});
  expect(tags.some((tag) => tag.startsWith("sha256-"))).toBe(hasFallback);
});

function signatureOf(subject: StoredBytes, blob: StoredBytes["descriptor"]): StoredBytes {
  const mediaType = mediaTypes.ociManifest;
  const document = { schemaVersion: 2, mediaType, config: blob, layers: [blob], subject: subject.descriptor };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
