import {
  BayplanError,
  type BayplanErrorCode,
  type Completeness,
  parseInstant,
  type VersionSource,
} from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { fallbackSources } from "./fallback-sources.ts";
import { all } from "./testing/scripted-fetch.ts";
import { createVersionListing } from "./version-listing.ts";

function source(id: string, completeness: Completeness = { truncated: false }): VersionSource & { asked: number } {
  const made = {
    id,
    asked: 0,
    list: () =>
      createVersionListing(async function* () {
        made.asked += 1;
        yield [{ raw: `${id}-1` }, { raw: `${id}-2` }];
        return completeness;
      }),
  };
  return made;
}

function failing(id: string, code: BayplanErrorCode, retryAfterMs = 5): VersionSource {
  return {
    id,
    list: () =>
      createVersionListing(async function* () {
        yield [{ raw: `${id}-1` }];
        throw new BayplanError(code, `${id} fails.`, code === "RATE_LIMITED" ? { retryAfterMs } : {});
      }),
  };
}

const stale: Completeness = { truncated: false, staleSince: parseInstant("2026-01-01T00:00:00Z") };
const list = async (sources: readonly VersionSource[]) => {
  const listing = fallbackSources(sources).list();
  const raws = (await all(listing)).map(({ raw }) => raw);
  return { raws, completeness: listing.completeness() };
};

describe("fallbackSources", () => {
  it("gives the first that answers, and does not ask the others", async () => {
    const second = source("b");
    expect(await list([source("a"), second])).toEqual({ raws: ["a-1", "a-2"], completeness: { truncated: false } });
    expect(second.asked).toBe(0);
  });

  it("passes over what fails, mixes nothing of it in, and says why", async () => {
    const { raws, completeness } = await list([failing("a", "RATE_LIMITED"), failing("b", "NOT_FOUND"), source("c")]);
    expect(raws).toEqual(["c-1", "c-2"]);
    expect(completeness).toEqual({
      truncated: false,
      failures: [
        { source: "a", error: "RATE_LIMITED", message: "a fails." },
        { source: "b", error: "NOT_FOUND", message: "b fails." },
      ],
    });
  });

  it("prefers a whole and fresh listing to a stale one, and that to a truncated one", async () => {
    const cut = source("cut", { truncated: true });
    const old = source("old", stale);
    expect((await list([cut, old, source("new")])).raws).toEqual(["new-1", "new-2"]);
    const second = await list([cut, old, failing("c", "UNAVAILABLE")]);
    expect(second.raws).toEqual(["old-1", "old-2"]);
    expect(second.completeness).toMatchObject(stale);
    expect(second.completeness.failures?.map(({ error }) => error)).toEqual([
      "INCOMPLETE",
      "UNAVAILABLE",
      "UNAVAILABLE",
    ]);
    const third = await list([failing("c", "UNAVAILABLE"), cut]);
    expect(third.completeness.truncated).toBe(true);
  });

  it.each<[BayplanErrorCode[], BayplanErrorCode]>([
    [["NOT_FOUND", "NOT_FOUND"], "NOT_FOUND"],
    [["NOT_FOUND", "UNAVAILABLE"], "UNAVAILABLE"],
    [["RATE_LIMITED", "NOT_FOUND"], "RATE_LIMITED"],
    [["TIMEOUT", "DENIED"], "TIMEOUT"],
  ])("when all fail with %j throws %s: what one could not say is not absent", async (codes, code) => {
    const sources = codes.map((each, index) => failing(`s${index}`, each));
    await expect(list(sources)).rejects.toMatchObject({
      code,
      ...(code === "RATE_LIMITED" ? { retryAfterMs: 5 } : {}),
    });
  });

  it("ends at once when cancelled, and for programming errors", async () => {
    const second = source("b");
    await expect(list([failing("a", "CANCELLED"), second])).rejects.toMatchObject({ code: "CANCELLED" });
    const bug: VersionSource = {
      id: "bug",
      list() {
        throw new TypeError("bug");
      },
    };
    await expect(list([bug, second])).rejects.toThrow(TypeError);
    expect(second.asked).toBe(0);
  });

  it("needs a source, and has a name", () => {
    expect(() => fallbackSources([])).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    expect(fallbackSources([source("a"), source("b")]).id).toBe("a, else b");
    expect(fallbackSources([source("a")], { id: "mine" }).id).toBe("mine");
  });
});
