import { deepStrictEqual, fail, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { inspect } from "node:util";
import { type BayplanErrorCode, instantToMs, isBayplanError, type VersionSource } from "@bayplan/core";
import type { ContractTests } from "./contract-runner.ts";
import { drain } from "./expect-code.ts";
import { expectUnended, raws } from "./version-source-contract-listing-tests.ts";
import type { VersionSourceFixture } from "./version-source-contract-world.ts";

/** Passes when a listing fails with one of the codes, rather than being short or empty; gives the error. */
export async function expectListFailure(
  source: VersionSource,
  codes: readonly BayplanErrorCode[],
  token = "",
): Promise<{ readonly retryAfterMs?: number }> {
  const listing = source.list();
  let error: unknown;
  let given = 0;
  try {
    for await (const _ of listing) given += 1;
  } catch (caught) {
    error = caught;
  }
  if (error === undefined)
    fail(`expected ${codes.join(" or ")}, but ${given} versions were listed as if they were all`);
  if (!isBayplanError(error)) throw error;
  ok(codes.includes(error.code), `expected ${codes.join(" or ")}, got ${error.code}: ${error.message}`);
  expectUnended(listing);
  if (token !== "") ok(!inspect(error, { depth: 20, showHidden: true }).includes(token), "the error holds the token");
  return error;
}

const passing: readonly BayplanErrorCode[] = ["UNAVAILABLE", "TIMEOUT"];
const wrong: readonly BayplanErrorCode[] = ["RESPONSE_INVALID"];

const bodies: Readonly<Record<string, readonly [string, string]>> = {
  "that is no JSON": ["[{", "application/json"],
  "that is empty": ["", "application/json"],
  "that is a page to log in": ["<html><body><a href='/login'>Log in</a></body></html>", "text/html"],
  "that is null": ["null", "application/json"],
  "that is another document": ['{"message":"see https://status.example"}', "application/json"],
  "that is a list of something else": ["[1,2]", "application/json"],
};

const refusals: readonly (readonly [number, BayplanErrorCode])[] = [
  [401, "UNAUTHORIZED"],
  [403, "DENIED"],
  [404, "NOT_FOUND"],
];

/** That a listing which failed never looks like a short one. */
export const versionSourceFailureTests: ContractTests<VersionSourceFixture> = {
  ...Object.fromEntries(
    Object.entries(bodies).map(([name, [body, type]]) => [
      `fails with RESPONSE_INVALID for an answer ${name}`,
      async ({ source, behave }: VersionSourceFixture) => {
        behave({ instead: () => new Response(body, { headers: { "content-type": type } }) });
        await expectListFailure(source, wrong);
      },
    ]),
  ),
  "fails for an answer that is half of a good one": async ({ source, behave }) => {
    behave({
      async instead(_, good) {
        const { headers, ...answer } = await readAnswer(await good());
        return new Response(answer.body.slice(0, Math.floor(answer.body.length / 2)), { headers });
      },
    });
    await expectListFailure(source, [...passing, ...wrong]);
  },
  "fails for an answer whose connection breaks": async ({ source, behave }) => {
    behave({
      async instead(_, good) {
        const { headers, body } = await readAnswer(await good());
        return new Response(breaking(body), { headers: { ...headers, "content-length": String(body.length) } });
      },
    });
    await expectListFailure(source, [...passing, ...wrong]);
  },
  "fails with UNAVAILABLE when the server does": async ({ source, behave, token }) => {
    behave({ instead: ({ headers }) => new Response(repeating(headers), { status: 503 }) });
    await expectListFailure(source, passing, token);
  },
  ...Object.fromEntries(
    refusals.map(([status, code]) => [
      `fails with ${code} for ${status}, and does not repeat the token`,
      async ({ source, behave, token }: VersionSourceFixture) => {
        behave({ instead: ({ headers }) => new Response(repeating(headers), { status }) });
        await expectListFailure(source, [code], token);
      },
    ]),
  ),
  "waits as long as a 429 asks, and goes on": async ({ source, behave, clock, requests, versions }) => {
    const start = instantToMs(clock.now());
    let asked = 0;
    behave({
      instead: () => (asked++ === 0 ? new Response("", { status: 429, headers: { "retry-after": "7" } }) : undefined),
    });
    strictEqual((await raws(source.list())).length, versions.length);
    ok(instantToMs(clock.now()) - start >= 7000, "it did not wait as long as it was asked");
    ok(requests.length >= 2);
  },
  "fails with RATE_LIMITED and the wait when a 429 asks for hours": async ({ source, behave, requests }) => {
    behave({ instead: () => new Response("[]", { status: 429, headers: { "retry-after": "7200" } }) });
    const { retryAfterMs } = await expectListFailure(source, ["RATE_LIMITED"]);
    strictEqual(retryAfterMs, 7_200_000);
    strictEqual(requests.length, 1);
  },
  "gives an older listing, whole and with its age, or fails": async ({ source, behave, versions, clock }) => {
    const readAt = clock.now();
    strictEqual((await raws(source.list())).length, versions.length);
    await clock.sleep(60_000);
    behave({ instead: () => new Response("", { status: 503 }) });
    const listing = source.list();
    try {
      deepStrictEqual((await raws(listing)).sort(), [...versions].sort());
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      strictEqual(error.code, "UNAVAILABLE");
      return;
    }
    const { staleSince } = listing.completeness();
    notStrictEqual(staleSince, undefined, "an older listing passed for a new one");
    if (staleSince !== undefined) ok(instantToMs(staleSince) - instantToMs(readAt) < 60_000, "its age is wrong");
  },
};

/** Where a listing goes on over several pages. */
export const versionSourcePagingTests: ContractTests<VersionSourceFixture> = {
  "reads three pages, each once": async ({ source, requests, versions }) => {
    strictEqual((await raws(source.list())).length, versions.length);
    deepStrictEqual(
      requests.map(({ page }) => page),
      [1, 2, 3],
    );
  },
  "asks for a page only when it is wanted": async ({ source, requests }) => {
    for await (const _ of source.list()) break;
    strictEqual(requests.length, 1);
  },
  "asks again for page two when it answers 503 once": async ({ source, behave, requests, versions }) => {
    let failed = 0;
    behave({ instead: ({ page }) => (page === 2 && failed++ === 0 ? new Response("", { status: 503 }) : undefined) });
    deepStrictEqual((await raws(source.list())).sort(), [...versions].sort());
    deepStrictEqual(
      requests.map(({ page }) => page),
      [1, 2, 2, 3],
    );
  },
  "fails when page two keeps failing": async ({ source, behave }) => {
    behave({ instead: ({ page }) => (page === 2 ? new Response("", { status: 503 }) : undefined) });
    await expectListFailure(source, passing);
  },
  "fails when page two is malformed": async ({ source, behave }) => {
    behave({ instead: ({ page }) => (page === 2 ? new Response("[{") : undefined) });
    await expectListFailure(source, wrong);
  },
  "fails when page two is gone": async ({ source, behave }) => {
    behave({ instead: ({ page }) => (page === 2 ? new Response("{}", { status: 404 }) : undefined) });
    await expectListFailure(source, ["NOT_FOUND", "INCOMPLETE", "RESPONSE_INVALID"]);
  },
  "does not go round in a circle": async ({ source, behave, requests }) => {
    const first = { url: "" };
    behave({
      nextAfter: (page, usual) => {
        if (page === 1) first.url = requests[0]?.url.href ?? "";
        // A source that goes round has an end here, so that the test fails rather than hangs.
        return page === 2 && requests.length < 20 ? first.url : page === 2 ? undefined : usual;
      },
    });
    await expectListFailure(source, ["RESPONSE_INVALID", "INCOMPLETE"]);
    strictEqual(requests.length, 2);
  },
  "does not go to another origin": async ({ source, behave, foreign, foreignOrigin, token }) => {
    behave({ nextAfter: () => `${foreignOrigin}/stolen?page=2` });
    await expectListFailure(source, ["RESPONSE_INVALID"], token);
    deepStrictEqual(foreign, []);
  },
  "does not take its token to another origin": async ({ source, behave, foreign, foreignOrigin, token }) => {
    behave({
      instead: ({ page }) =>
        page === 2 ? new Response("", { status: 302, headers: { location: `${foreignOrigin}/moved` } }) : undefined,
    });
    await drain(source.list()).catch(() => {});
    for (const { url, headers } of foreign)
      ok(!inspect([url, [...headers]]).includes(token), "the token left its origin");
  },
  "says that it is truncated when there is no end, and stops": async ({ source, behave, requests, maxPages }) => {
    behave({ nextAfter: (page) => (page < 100 ? nextOf(requests.at(-1)?.url, page + 1) : undefined) });
    const listing = source.list();
    await drain(listing);
    strictEqual(listing.completeness().truncated, true);
    ok(requests.length <= maxPages, `${requests.length} pages were asked for`);
  },
  "fails with CANCELLED when the signal aborts between pages": async ({ source, requests }) => {
    const abort = new AbortController();
    const listing = source.list({ signal: abort.signal });
    let code = "";
    try {
      for await (const _ of listing) abort.abort();
    } catch (error) {
      code = isBayplanError(error) ? error.code : String(error);
    }
    match(code, /^CANCELLED$/);
    expectUnended(listing);
    strictEqual(requests.length, 1);
  },
  "lists once what moves to the next page meanwhile": async ({ source, behave, versions }) => {
    let isFirst = true;
    behave({ versions });
    const seen: string[] = [];
    for await (const { raw } of source.list()) {
      seen.push(raw);
      // A new version pushes the last one of page one to page two.
      if (isFirst) behave({ versions: ["2.0.0", ...versions] });
      isFirst = false;
    }
    deepStrictEqual(seen, [...new Set(seen)]);
    for (const version of versions) ok(seen.includes(version), `${version} is missing`);
  },
};

/** A careless server: its refusal repeats what it was sent. */
function repeating(headers: Headers): string {
  const authorization = headers.get("authorization") ?? "nothing";
  return `refused ${authorization}, which is ${authorization.split(" ").at(-1)}`;
}

function nextOf(current: URL | undefined, page: number): string | undefined {
  if (current === undefined) return undefined;
  const url = new URL(current);
  url.searchParams.set("contract-page", String(page));
  return url.href;
}

async function readAnswer(response: Response): Promise<{ body: Uint8Array; headers: Record<string, string> }> {
  return { body: new Uint8Array(await response.arrayBuffer()), headers: Object.fromEntries(response.headers) };
}

function breaking(body: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent) controller.error(new Error("the connection broke"));
      else controller.enqueue(body.subarray(0, Math.max(1, Math.floor(body.length / 2))));
      isSent = true;
    },
  });
}
