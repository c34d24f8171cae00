import { deepStrictEqual, fail, notStrictEqual, strictEqual } from "node:assert/strict";
import { isBayplanError, type VersionListing } from "@bayplan/core";
import type { ContractTests } from "./contract-runner.ts";
import { drain, expectCode } from "./expect-code.ts";
import type { VersionSourceFixture } from "./version-source-contract-world.ts";

/** The texts of a listing. */
export async function raws(listing: VersionListing): Promise<string[]> {
  return (await drain(listing)).map(({ raw }) => raw);
}

/** Passes when the listing does not say yet how complete it is. */
export function expectUnended(listing: VersionListing): void {
  try {
    listing.completeness();
  } catch (error) {
    if (isBayplanError(error) && error.code === "INCOMPLETE") return;
    throw error;
  }
  fail("expected INCOMPLETE of a listing that has not ended");
}

/** What is listed, how often is asked, and how a listing is left. */
export const versionSourceListingTests: ContractTests<VersionSourceFixture> = {
  "has a name": async ({ source }) => notStrictEqual(source.id, ""),
  "lists everything once, exactly as it is published": async ({ source, versions }) => {
    const listing = source.list();
    deepStrictEqual((await raws(listing)).sort(), [...versions].sort());
    const { truncated, staleSince, failures } = listing.completeness();
    deepStrictEqual(
      { truncated, staleSince, failures },
      { truncated: false, staleSince: undefined, failures: undefined },
    );
  },
  "says how complete a listing is only after its end": async ({ source }) => {
    const listing = source.list();
    expectUnended(listing);
    for await (const _ of listing) {
      expectUnended(listing);
      break;
    }
  },
  "lists again, also by the same listing": async ({ source, versions }) => {
    const listing = source.list();
    const first = await raws(listing);
    strictEqual(first.length, versions.length);
    deepStrictEqual(await raws(listing), first);
    deepStrictEqual(await raws(source.list()), first);
  },
  "asks for nothing before it is iterated": async ({ source, requests }) => {
    source.list();
    deepStrictEqual(requests, []);
  },
  "fails with CANCELLED when the signal has aborted, without asking": async ({ source, requests }) => {
    await expectCode("CANCELLED", () => drain(source.list({ signal: AbortSignal.abort() })));
    deepStrictEqual(requests, []);
  },
  "fails with CANCELLED when the signal aborts while the server is silent": async ({ source, behave }) => {
    const abort = new AbortController();
    behave({
      instead: () => {
        abort.abort();
        return new Promise<Response>(() => {});
      },
    });
    const listing = source.list({ signal: abort.signal });
    await expectCode("CANCELLED", () => drain(listing));
    expectUnended(listing);
  },
  "asks once for two listings at a time": async ({ source, requests, versions }) => {
    const alone = await raws(source.list());
    const forOne = requests.length;
    const both = await Promise.all([raws(source.list()), raws(source.list())]);
    deepStrictEqual(both, [alone, alone]);
    strictEqual(alone.length, versions.length);
    strictEqual(requests.length, 2 * forOne, "two listings at a time made more requests than one");
  },
  "goes on with a listing when the one that asked first is cancelled": async ({ source, behave, versions }) => {
    const abort = new AbortController();
    behave({
      instead: async (_, good) => {
        abort.abort();
        // The first caller has turned away before the answer comes.
        await new Promise((resolve) => setImmediate(resolve));
        return good();
      },
    });
    const first = raws(source.list({ signal: abort.signal }));
    const second = raws(source.list());
    await expectCode("CANCELLED", () => first);
    strictEqual((await second).length, versions.length);
  },
  "lists nothing where nothing is published, and says that this is all": async ({ source, behave }) => {
    behave({ versions: [] });
    const listing = source.list();
    deepStrictEqual(await raws(listing), []);
    strictEqual(listing.completeness().truncated, false);
  },
};
