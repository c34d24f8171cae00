import { constants } from "node:http2";
import { digestOf } from "@bayplan/core";
import { expect } from "vitest";
import type { FaultCase } from "./fault-case.ts";
import type { Bench } from "./open-bench.ts";
import type { Wire } from "./open-front.ts";

const blob = new TextEncoder().encode("a new blob");
const blobDigest = digestOf(blob);
const addTag = {
  act: async (client, bench) => {
    await client.tag(bench.digest, "2.0");
    return bench.embedded.snapshot()["team/app"]?.["2.0"];
  },
  truth: (bench) => bench.digest,
} satisfies Pick<FaultCase, "act" | "truth">;

/** Writes of which nobody knows whether they were carried out. */
export const writeFaults: readonly FaultCase[] = [
  {
    name: "Tag written, answer lost",
    arrange: (bench) => bench.inject({ match: { method: "PUT" }, times: 9, effect: { loseResponse: true } }),
    ...addTag,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => {
      expect(bench.seen.filter(({ method }) => method === "PUT")).toHaveLength(1);
      expect(bench.seen.at(-1)?.method).toBe("HEAD");
    },
  },
  {
    name: "Tag not written, connection lost",
    arrange: (bench) => bench.inject({ match: { method: "PUT" }, effect: { reset: true } }),
    ...addTag,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => expect(writesAndLooks(bench).slice(-4)).toEqual(["PUT", "HEAD", "PUT", "HEAD"]),
  },
  {
    name: "GOAWAY as a tag is written (HTTP/2)",
    bench: { wire: leavesAtTheFirst("PUT"), isHttp2: true },
    ...addTag,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => expect(writesAndLooks(bench).filter((method) => method === "PUT")).toHaveLength(1),
  },
  {
    name: "Connection ends at the start of an upload",
    bench: { wire: endsFirst("POST") },
    act: async (client, bench) => {
      await client.putBlob(blob, blobDigest);
      const url = `http://registry.test/v2/team/app/blobs/${blobDigest}`;
      return (await bench.embedded.fetch(url, { method: "HEAD" })).status;
    },
    truth: () => 200,
    plainFetch: "throws",
    bayplan: "right",
  },
  {
    name: "Connection ends at each start of an upload, for want of the repository (ECR)",
    bench: { wire: endsEach("POST") },
    arrange: (bench) => {
      const nameUnknown = { errors: [{ code: "NAME_UNKNOWN", message: "no such repository" }] };
      bench.answer = (request) =>
        request.url.includes("/tags/list") ? Response.json(nameUnknown, { status: 404 }) : undefined;
    },
    act: (client) => client.putBlob(blob, blobDigest),
    truth: () => "stored",
    plainFetch: "throws",
    bayplan: "NOT_FOUND",
  },
];

function writesAndLooks(bench: Bench): readonly string[] {
  return bench.seen.map(({ method }) => method).filter((method) => method === "PUT" || method === "HEAD");
}

/** Takes leave of the connection at the first request of that method, which is not looked at any more. */
function leavesAtTheFirst(method: string): () => Wire {
  return () => {
    let hasLeft = false;
    return (incoming, { stream }) => {
      if (hasLeft || incoming.method !== method) return false;
      hasLeft = true;
      stream?.session?.goaway(constants.NGHTTP2_NO_ERROR, (stream.id ?? 0) - 2);
      return true;
    };
  };
}

/** Ends the connection at the first request of that method: no reset, and no byte of an answer. */
function endsFirst(method: string): () => Wire {
  return () => {
    const ends = endsEach(method)();
    let hasEnded = false;
    return (incoming, outgoing, index) => {
      if (hasEnded) return false;
      hasEnded = ends(incoming, outgoing, index);
      return hasEnded;
    };
  };
}

function endsEach(method: string): () => Wire {
  return () => (incoming) => {
    if (incoming.method !== method) return false;
    incoming.socket.end();
    return true;
  };
}
