import { mediaTypes } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";
import { expect } from "vitest";
import { countedBody } from "./counted-body.ts";
import type { FaultCase } from "./fault-case.ts";

const readManifest = {
  act: (client) => client.manifest(),
  truth: (bench) => ({ digest: bench.digest, bytes: bench.image.root.bytes }),
} satisfies Pick<FaultCase, "act" | "truth">;
const maxManifestBytes = 8 * 1024 * 1024;

/** The answer is not what it should be. */
export const contentFaults: readonly FaultCase[] = [
  {
    name: "GET body cut short once",
    arrange: (bench) => bench.inject({ match: { method: "GET" }, effect: { truncateTo: 20 } }),
    ...readManifest,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => expect(bench.seen).toHaveLength(2),
  },
  {
    name: "GET body cut short once, unnoticed by the transport",
    bench: { fetch: cutsOnce },
    isMetOnTheWire: false,
    ...readManifest,
    plainFetch: "wrong",
    bayplan: "right",
    check: (bench) => expect(bench.waits).toEqual([200]),
  },
  {
    name: "HEAD without a digest header",
    arrange: (bench) =>
      bench.inject({
        match: { method: "HEAD" },
        effect: { changeHeaders: { "docker-content-digest": null } },
      }),
    act: (client) => client.digest(),
    truth: (bench) => bench.digest,
    plainFetch: "wrong",
    bayplan: "right",
    check: (bench) => expect(bench.seen.map(({ method }) => method)).toEqual(["HEAD", "GET"]),
  },
  {
    name: "GET without a digest header",
    arrange: (bench) =>
      bench.inject({
        match: { method: "GET" },
        effect: { changeHeaders: { "docker-content-digest": null } },
      }),
    ...readManifest,
    plainFetch: "wrong",
    bayplan: "right",
  },
  {
    name: "Body differs from the digest header",
    arrange: (bench) => bench.inject({ match: { method: "GET" }, effect: { wrongDigest: "body" } }),
    ...readManifest,
    plainFetch: "wrong",
    bayplan: "DIGEST_MISMATCH",
    check: (bench) => expect(bench.seen).toHaveLength(1),
  },
  {
    name: "Manifest of 1 GiB",
    arrange: (bench) => {
      // The server gives up at eight times the limit, lest the naive client fill the memory of the test.
      bench.answer = () =>
        new Response(countedBody(bench, { mostBytes: 8 * maxManifestBytes, chunk: new Uint8Array(65_536) }), {
          headers: { "content-type": mediaTypes.ociManifest, "content-length": String(2 ** 30) },
        });
    },
    ...readManifest,
    plainFetch: "throws",
    bayplan: "RESPONSE_INVALID",
    check: (bench) => {
      expect(bench.seen).toHaveLength(1);
      expect(bench.sentBytes).toBeLessThan(4 * maxManifestBytes);
    },
  },
];

/** An injected `fetch`, such as a proxy's, that hands on what has arrived as if it were all. */
function cutsOnce(): FetchLike {
  let hasCut = false;
  return async (url, init) => {
    const answer = await globalThis.fetch(url, init);
    if (hasCut || init.method !== "GET") return answer;
    hasCut = true;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return new Response(bytes.subarray(0, 20), { headers: answer.headers });
  };
}
