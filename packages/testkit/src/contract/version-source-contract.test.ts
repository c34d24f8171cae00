import { describe, expect, it } from "vitest";
import { createPlainVersionSource, type SourceMistake } from "../testing/plain-version-source.ts";
import {
  type VersionSourceContractOptions,
  versionSourceContract,
  versionSourceContractTests,
  versionSourcePagingTests,
} from "./version-source-contract.ts";

const options = (mistake?: SourceMistake): Omit<VersionSourceContractOptions, "runner"> => ({
  create: async (world) => ({ source: createPlainVersionSource(world, mistake) }),
  answer: ({ versions, next }) => Response.json({ versions, next, other: 1 }),
});

/** Runs some tests of the contract and gives the names of those that failed. */
async function failures(mistake: SourceMistake, wanted: RegExp): Promise<readonly string[]> {
  const bodies: [string, () => Promise<void>][] = [];
  versionSourceContract({
    ...options(mistake),
    runner: { describe: (_, body) => body(), it: (name, body) => void bodies.push([name, body]) },
  });
  const failed: string[] = [];
  for (const [name, body] of bodies) if (wanted.test(name)) await body().catch(() => failed.push(name));
  return failed;
}

describe("a source that fulfils the port", () => {
  versionSourceContract({ ...options(), runner: { describe, it } });
});

describe("the version source contract", () => {
  const mistakes: Readonly<Record<Exclude<SourceMistake, "ignores signals">, RegExp>> = {
    "stops at the first failure": /^fails when page two keeps failing/,
    "takes nonsense for nothing": /^fails with RESPONSE_INVALID for an answer that is no JSON/,
    "reads the first page only": /^lists everything once/,
    "follows every link": /^does not go to another origin/,
    "forgets where it was": /^does not go round in a circle/,
    "says that a cut list is whole": /^says that it is truncated/,
    "reads all pages at once": /^asks for a page only when it is wanted/,
    "asks for everybody": /^asks once for two listings/,
    "gives old lists as new ones": /^gives an older listing/,
    "repeats the answer": /^fails with UNAUTHORIZED for 401/,
    "does not wait": /^waits as long as a 429 asks/,
    "waits for hours": /^fails with RATE_LIMITED and the wait/,
    "gives twice what moves": /^lists once what moves/,
    "is complete before its end": /^says how complete a listing is/,
  };

  it.each(Object.entries(mistakes))("notices a source that %s", async (mistake, test) => {
    expect(await failures(mistake as SourceMistake, test)).toHaveLength(1);
  });

  it("notices a source that ignores signals", async () => {
    const wanted = /^fails with CANCELLED when the signal (?:has aborted|aborts between)/;
    expect(await failures("ignores signals", wanted)).toHaveLength(2);
  });

  it("takes no skip without a reason, and none of a test that it does not have", () => {
    const skip = (reason: string, tests: readonly string[]) =>
      versionSourceContract({ ...options(), runner: { describe: () => {}, it: () => {} }, skip: [{ reason, tests }] });
    expect(() => skip(" ", ["has a name"])).toThrow(TypeError);
    expect(() => skip("because", ["has no name"])).toThrow(TypeError);
    expect(() => skip("one answer has everything", versionSourcePagingTests)).not.toThrow();
    for (const name of versionSourcePagingTests) expect(versionSourceContractTests).toContain(name);
  });
});
