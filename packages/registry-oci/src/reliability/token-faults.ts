import { instantToMs } from "@bayplan/core";
import { expect } from "vitest";
import type { FaultCase } from "./fault-case.ts";
import { type Bench, bearer, benchCredentials } from "./open-bench.ts";

const withTokens = { embedded: { auth: bearer }, adapter: { credentials: benchCredentials } };
const longerThanAnyTokenMs = 400_000;
const invalidToken = 'Bearer realm="http://%/token",service="bayplan-testkit",error="invalid_token"';

/** Tokens that end too early, come too late, or are offered in a way that is misread. */
export const tokenFaults: readonly FaultCase[] = [
  {
    name: "Basic and Bearer in one header",
    bench: withTokens,
    arrange: (bench) => {
      bench.answer = async (request) => {
        const answer = await bench.embedded.fetch(request);
        const bearerOnly = answer.headers.get("www-authenticate");
        if (bearerOnly !== null) answer.headers.set("www-authenticate", `Basic realm="a, b", ${bearerOnly}`);
        return answer;
      };
    },
    act: (client) => client.digest(),
    truth: (bench) => bench.digest,
    plainFetch: "absent",
    bayplan: "right",
  },
  {
    name: "Token expires in the middle of a run",
    bench: withTokens,
    isMetOnTheWire: false,
    act: async (client, bench) => {
      const before = await client.digest();
      await bench.clock.advance(longerThanAnyTokenMs);
      return [before, (await client.digest()) ?? "absent"];
    },
    truth: (bench) => [bench.digest, bench.digest],
    plainFetch: "wrong",
    bayplan: "right",
    check: (bench) => {
      expect(tokensAsked(bench)).toBe(2);
      // The one without any token, by which it learns that it needs one.
      const refused = bench.embedded.log.filter(({ method, path, status }) => {
        return status === 401 && method === "HEAD" && path.endsWith("/manifests/1.0");
      });
      expect(refused).toHaveLength(1);
    },
  },
  {
    name: "Token revoked before its time",
    bench: withTokens,
    act: async (client, bench) => {
      const before = await client.digest();
      const revoked = bench.seen.at(-1)?.headers.get("authorization");
      bench.answer = (request) => (request.headers.get("authorization") === revoked ? refuseToken(bench) : undefined);
      return [before, (await client.digest()) ?? "absent"];
    },
    truth: (bench) => [bench.digest, bench.digest],
    plainFetch: "wrong",
    bayplan: "right",
    check: (bench) => expect(tokensAsked(bench)).toBe(2),
  },
  {
    name: "Fresh token refused while clocks disagree",
    bench: withTokens,
    arrange: (bench) => {
      const validMs = instantToMs(bench.clock.now()) + 1000;
      bench.answer = (request) => {
        const isTooEarly = instantToMs(bench.clock.now()) < validMs;
        const isBearer = request.headers.get("authorization")?.startsWith("Bearer ") === true;
        return isTooEarly && isBearer ? refuseToken(bench) : undefined;
      };
    },
    act: (client) => client.digest(),
    truth: (bench) => bench.digest,
    plainFetch: "absent",
    bayplan: "right",
    check: (bench) => {
      expect(bench.waits).toEqual([1000]);
      expect(tokensAsked(bench)).toBe(1);
    },
  },
];

function refuseToken(bench: Bench): Response {
  return new Response(null, { status: 401, headers: { "www-authenticate": invalidToken.replace("%", bench.host) } });
}

function tokensAsked(bench: Bench): number {
  return bench.seen.filter(({ path }) => path.startsWith("/token")).length;
}
