import { instantToMs } from "@bayplan/core";
import { expect } from "vitest";
import type { FaultCase } from "./fault-case.ts";
import type { Bench } from "./open-bench.ts";

const resolveTag = {
  act: (client) => client.digest(),
  truth: (bench) => bench.digest,
} satisfies Pick<FaultCase, "act" | "truth">;

/** Answers the first requests with a status. */
function refuse(times: number, status: number, init: { headers?: Record<string, string>; body?: string } = {}) {
  return (bench: Bench) => bench.inject({ match: {}, times, effect: { status, ...init } });
}

function waited(expected: readonly number[]) {
  return (bench: Bench): void => {
    expect(bench.waits).toEqual(expected);
    expect(bench.seen.map(({ method }) => method)).toEqual(["HEAD", ...expected.map(() => "HEAD")]);
  };
}

/** The server refuses for now, and says more or less clearly for how long. */
export const refusalFaults: readonly FaultCase[] = [
  {
    name: "429 with Retry-After 2",
    arrange: refuse(1, 429, { headers: { "retry-after": "2" } }),
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([2000]),
  },
  {
    name: "429 for 6 s with Retry-After 6",
    arrange: (bench) => {
      const openMs = instantToMs(bench.clock.now()) + 6000;
      bench.answer = () =>
        instantToMs(bench.clock.now()) < openMs
          ? new Response(null, { status: 429, headers: { "retry-after": "6" } })
          : undefined;
    },
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([6000]),
  },
  {
    name: "429 with a date in Retry-After",
    arrange: (bench) => {
      const at = new Date(instantToMs(bench.clock.now()) + 3000).toUTCString();
      refuse(1, 429, { headers: { "retry-after": at } })(bench);
    },
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([3000]),
  },
  {
    name: "429 with the delay only in the body (GHCR)",
    arrange: (bench) => bench.inject({ match: {}, effect: { rateLimitedForMs: 1500 } }),
    act: async (client) => (await client.manifest())?.digest,
    truth: (bench) => bench.digest,
    plainFetch: "absent",
    bayplan: "right",
    check: (bench) => {
      expect(bench.waits).toEqual([1500]);
      expect(bench.seen).toHaveLength(2);
    },
  },
  {
    name: "503 twice",
    arrange: refuse(2, 503),
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([200, 400]),
  },
  {
    name: "503 with Retry-After 2",
    arrange: refuse(1, 503, { headers: { "retry-after": "2" } }),
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([2000]),
  },
  {
    name: "500 once",
    arrange: refuse(1, 500),
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([200]),
  },
  {
    name: "502 once, as a web page",
    arrange: refuse(1, 502, { headers: { "content-type": "text/html" }, body: "<html>Bad Gateway</html>" }),
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: waited([200]),
  },
  {
    name: "HEAD refused with 405",
    arrange: (bench) => bench.inject({ match: { method: "HEAD" }, times: 9, effect: { status: 405 } }),
    ...resolveTag,
    plainFetch: "absent",
    bayplan: "right",
    check: (bench) => expect(bench.seen.map(({ method }) => method)).toEqual(["HEAD", "GET"]),
  },
];
