import { describe, expect, it } from "vitest";
import { createFixedListSource } from "./create-fixed-list-source.ts";
import { all } from "./testing/scripted-fetch.ts";

describe("createFixedListSource", () => {
  it("gives its versions once each, whatever happens to the list it was given", async () => {
    const given = [{ raw: "1.0" }, { raw: "2.0", prerelease: true }, { raw: "1.0" }];
    const source = createFixedListSource("mine", given);
    given.pop();
    const listing = source.list();
    expect(source.id).toBe("mine");
    expect(await all(listing)).toEqual([{ raw: "1.0" }, { raw: "2.0", prerelease: true }]);
    expect(listing.completeness()).toEqual({ truncated: false });
  });

  it("does not call itself complete before its end", async () => {
    const listing = createFixedListSource("mine", [{ raw: "1" }, { raw: "2" }]).list();
    const incomplete = expect.objectContaining({ code: "INCOMPLETE" });
    expect(() => listing.completeness()).toThrow(incomplete);
    for await (const _ of listing) break;
    expect(() => listing.completeness()).toThrow(incomplete);
    await all(listing);
    expect(listing.completeness()).toEqual({ truncated: false });
  });

  it("ends when cancelled", async () => {
    const listing = createFixedListSource("mine", []).list({ signal: AbortSignal.abort() });
    await expect(all(listing)).rejects.toMatchObject({ code: "CANCELLED" });
    expect(() => listing.completeness()).toThrow(expect.objectContaining({ code: "INCOMPLETE" }));
  });
});
