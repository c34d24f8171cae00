import { constants } from "node:http2";
import type { Socket } from "node:net";
import type { FetchLike } from "@bayplan/runtime";
import { expect } from "vitest";
import type { FaultCase } from "./fault-case.ts";
import type { Wire } from "./open-front.ts";

const resolveTag = {
  act: (client) => client.digest(),
  truth: (bench) => bench.digest,
} satisfies Pick<FaultCase, "act" | "truth">;

/** Connections that are lost, or never made. */
export const connectionFaults: readonly FaultCase[] = [
  {
    name: "Connection reset once",
    arrange: (bench) => bench.inject({ match: {}, effect: { reset: true } }),
    ...resolveTag,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => {
      expect(bench.waits).toEqual([200]);
      expect(bench.seen).toHaveLength(2);
    },
  },
  {
    name: "Connection reset twice",
    arrange: (bench) => bench.inject({ match: {}, times: 2, effect: { reset: true } }),
    ...resolveTag,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => {
      expect(bench.waits).toEqual([200, 400]);
      expect(bench.seen).toHaveLength(3);
    },
  },
  {
    name: "Server that never answers",
    bench: { http: { timeoutMs: 50 } },
    arrange: (bench) => {
      bench.answer = () => new Promise<never>(() => {});
    },
    ...resolveTag,
    plainFetch: "hangs",
    bayplan: "TIMEOUT",
    check: (bench) => expect(bench.seen.length).toBeLessThanOrEqual(6),
  },
  {
    name: "Idle connection closed as the request goes out",
    bench: { wire: closesReusedConnections },
    act: async (client) => {
      const digests: (string | undefined)[] = [];
      for (let round = 0; round < 5; round += 1) {
        digests.push((await client.manifest())?.digest);
        // Lets the connection become idle.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return digests;
    },
    truth: (bench) => Array.from({ length: 5 }, () => bench.digest),
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => expect(bench.waits).toEqual([]),
  },
  {
    name: "GOAWAY as the request goes out (HTTP/2)",
    bench: { wire: leavesAtTheSecond, isHttp2: true },
    act: async (client) => [await client.manifest(), await client.manifest()].map((one) => one?.digest),
    truth: (bench) => [bench.digest, bench.digest],
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => expect(bench.waits).toEqual([]),
  },
  {
    name: "Name lookup fails for a moment",
    bench: { fetch: failsToResolveOnce },
    isMetOnTheWire: false,
    ...resolveTag,
    plainFetch: "throws",
    bayplan: "right",
    check: (bench) => expect(bench.waits).toEqual([200]),
  },
  {
    name: "Name that does not exist",
    // A label of more than 63 characters: every resolver says so by itself, no network is asked.
    bench: { host: `${"a".repeat(64)}.invalid` },
    isMetOnTheWire: false,
    ...resolveTag,
    plainFetch: "throws",
    bayplan: "UNAVAILABLE",
    check: (bench) => expect(bench.waits).toEqual([]),
  },
];

/** Closes every connection at its second request, without an answer. */
function closesReusedConnections(): Wire {
  const used = new WeakSet<Socket>();
  return ({ socket }) => {
    if (used.has(socket)) {
      socket.destroy();
      return true;
    }
    used.add(socket);
    return false;
  };
}

/** Takes leave of the connection with the first request as the last one that was looked at. */
function leavesAtTheSecond(): Wire {
  return (_, { stream }, index) => {
    if (index !== 1) return false;
    stream?.session?.goaway(constants.NGHTTP2_NO_ERROR, 1);
    return true;
  };
}

/** No server on this computer can make a resolver fail: the transport says what it says then. */
function failsToResolveOnce(): FetchLike {
  let hasFailed = false;
  return async (url, init) => {
    if (hasFailed) return globalThis.fetch(url, init);
    hasFailed = true;
    const cause = Object.assign(new Error("getaddrinfo EAI_AGAIN registry.test"), { code: "EAI_AGAIN" });
    throw new TypeError("fetch failed", { cause });
  };
}
