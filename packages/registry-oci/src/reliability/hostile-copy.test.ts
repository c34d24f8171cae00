import { copyImage, type Digest, digestOf, isBayplanError, mediaTypes, type StoredBytes } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import type { OciRegistry } from "../create-oci-registry.ts";
import { type Bench, openBench } from "./open-bench.ts";

function stored(document: object): StoredBytes {
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, ...document }));
  const { mediaType } = document as { mediaType: string };
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

function answerWith({ descriptor, bytes }: StoredBytes, digest: string = descriptor.digest): Response {
  const headers = { "content-type": descriptor.mediaType, "docker-content-digest": digest };
  return new Response(new Uint8Array(bytes), { headers });
}

/** Copies the image of one bench to another; gives the code, and what is tagged there then. */
async function copy(from: Bench, to: Bench, registry: OciRegistry = from.registry) {
  const repository = { ...to.repository, repository: "copied/app" };
  const target = { registry: to.registry, repository, tag: { name: "1.0", expected: { absent: true } } } as const;
  const code = await copyImage({ registry, reference: from.reference }, target).then(
    () => "copied",
    (error: unknown) => (isBayplanError(error) ? error.code : error),
  );
  return { code, tagged: to.embedded.snapshot()["copied/app"]?.["1.0"] };
}

describe("copyImage", () => {
  it("does not go round in an index that is said to contain itself", async () => {
    await using from = await openBench();
    await using to = await openBench();
    const digest = digestOf(new TextEncoder().encode("itself"));
    const self = { mediaType: mediaTypes.ociIndex, digest, size: 1 };
    const index = stored({ mediaType: mediaTypes.ociIndex, manifests: [self] });
    from.answer = (request) => (request.url.includes("/manifests/") ? answerWith(index) : undefined);
    expect(await copy(from, to)).toEqual({ code: "DIGEST_MISMATCH", tagged: undefined });
    expect(from.seen).toHaveLength(2);
  });

  it("does not wait for itself when an adapter lets such an index pass", async () => {
    await using from = await openBench();
    await using to = await openBench();
    const digest = digestOf(new TextEncoder().encode("itself"));
    const self = { mediaType: mediaTypes.ociIndex, digest, size: 1 };
    const index = stored({ mediaType: mediaTypes.ociIndex, manifests: [self] });
    const careless = { ...from.registry, fetchManifest: async () => ({ ...index, descriptor: { ...self } }) };
    expect(await copy(from, to, careless)).toEqual({ code: "RESPONSE_INVALID", tagged: undefined });
  });

  it("gives up where every referrer has a further referrer", async () => {
    await using from = await openBench();
    await using to = await openBench();
    const invented = new Map<string, StoredBytes>();
    const config = { mediaType: "application/vnd.oci.empty.v1+json", ...sized("{}") };
    from.answer = (request) => {
      const [, kind, name = ""] = /\/(referrers|manifests|blobs)\/([^?]+)/.exec(request.url) ?? [];
      if (kind === "blobs" && name === config.digest) return new Response("{}");
      const known = invented.get(name);
      if (kind === "manifests" && known !== undefined) return answerWith(known);
      if (kind !== "referrers") return undefined;
      const subject = { mediaType: mediaTypes.ociManifest, digest: name, size: 1 };
      const common = { mediaType: mediaTypes.ociManifest, artifactType: "application/x", config, layers: [] };
      const next = stored({ ...common, subject, annotations: { nth: String(invented.size) } });
      invented.set(next.descriptor.digest, next);
      return answerWith(stored({ mediaType: mediaTypes.ociIndex, manifests: [next.descriptor] }));
    };
    expect(await copy(from, to)).toEqual({ code: "RESPONSE_INVALID", tagged: undefined });
    expect(from.tooMany.aborted).toBe(false);
  });

  it.each([
    ["shorter", { truncateTo: 5, hidden: true }],
    ["another one of the same length", { wrongDigest: "body" }],
  ] as const)("tags nothing when a blob is %s", async (_, effect) => {
    await using from = await openBench();
    await using to = await openBench();
    from.inject({ match: { path: "/blobs/" }, times: Number.POSITIVE_INFINITY, effect });
    expect(await copy(from, to)).toEqual({ code: "DIGEST_MISMATCH", tagged: undefined });
    expect(from.met).toBeGreaterThan(0);
  });

  it("tags nothing when an adapter does not verify what it reads", async () => {
    await using from = await openBench();
    await using to = await openBench();
    const careless = { ...from.registry, fetchBlob: () => otherBytes(from) };
    expect(await copy(from, to, careless)).toEqual({ code: "DIGEST_MISMATCH", tagged: undefined });
  });

  it("tags nothing when a blob is longer than its descriptor", async () => {
    await using from = await openBench();
    await using to = await openBench();
    from.answer = async (request) => {
      const answer = await from.embedded.fetch(request);
      if (!request.url.includes("/blobs/")) return answer;
      return new Response(Buffer.concat([Buffer.from(await answer.arrayBuffer()), Buffer.from("more")]));
    };
    expect(await copy(from, to)).toEqual({ code: "DIGEST_MISMATCH", tagged: undefined });
  });

  it("believes no registry that says it has everything already", async () => {
    await using from = await openBench();
    await using to = await openBench();
    // Says of every manifest and blob that it is there, until something is tagged.
    to.answer = (request) => {
      const isContent = request.method === "HEAD" && /sha256:/.test(request.url);
      const digest = /sha256:[0-9a-f]{64}/.exec(request.url)?.[0] ?? "";
      const headers = {
        "docker-content-digest": digest,
        "content-type": mediaTypes.ociManifest,
        "content-length": "1",
      };
      return isContent ? new Response(null, { headers }) : undefined;
    };
    const { code, tagged } = await copy(from, to);
    expect(tagged).toBeUndefined();
    expect(code).not.toBe("copied");
  });
});

function sized(text: string): { digest: Digest; size: number } {
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

/** As many bytes as the first blob has, and other ones. */
async function* otherBytes({ image }: Bench): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(image.blobs[0]?.descriptor.size ?? 0);
}
