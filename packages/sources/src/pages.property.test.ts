import { createVirtualClock } from "@bayplan/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJsonSource } from "./create-json-source.ts";
import { normalizeProject, versionOfFile } from "./pypi-file-version.ts";
import { all, json, scriptedFetch } from "./testing/scripted-fetch.ts";

const raw = fc.stringMatching(/^[0-9a-z][0-9a-z.+-]{0,6}$/);
const pagesOf = fc.array(fc.array(raw, { maxLength: 4 }), { minLength: 1, maxLength: 6 });

function sourceOf(pages: readonly (readonly string[])[], options: { maxPages?: number; failing?: number } = {}) {
  const clock = createVirtualClock({ auto: true });
  const { fetch } = scriptedFetch(({ url }) => {
    const page = Number(url.searchParams.get("p"));
    if (page === options.failing) return new Response("", { status: 404 });
    return json({ raws: pages[page] ?? [], next: page + 1 < pages.length ? `?p=${page + 1}` : null });
  });
  return createJsonSource({
    id: "j",
    url: "https://j.example/?p=0",
    fetch,
    clock,
    ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
    read(data) {
      const { raws, next } = data as { raws: string[]; next: string | null };
      return { candidates: raws.map((each) => ({ raw: each })), next: next ?? undefined };
    },
  });
}

describe("listings", () => {
  it("are all that is published, once and in order, however it is paged", async () => {
    await fc.assert(
      fc.asyncProperty(pagesOf, async (pages) => {
        const listing = sourceOf(pages).list();
        expect((await all(listing)).map((candidate) => candidate.raw)).toEqual([...new Set(pages.flat())]);
        expect(listing.completeness().truncated).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it("are truncated exactly when there are more pages than may be read", async () => {
    await fc.assert(
      fc.asyncProperty(pagesOf, fc.integer({ min: 1, max: 8 }), async (pages, maxPages) => {
        const listing = sourceOf(pages, { maxPages }).list();
        await all(listing);
        expect(listing.completeness().truncated).toBe(pages.length > maxPages);
      }),
      { numRuns: 50 },
    );
  });

  it("fail when any page does", async () => {
    await fc.assert(
      fc.asyncProperty(pagesOf, fc.nat(5), async (pages, at) => {
        await expect(all(sourceOf(pages, { failing: at % pages.length }).list())).rejects.toThrow();
      }),
      { numRuns: 50 },
    );
  });
});

describe("versions", () => {
  it("are found in the names of files, whatever the project is called", () => {
    const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,3}(?:[-_.][a-zA-Z][a-zA-Z0-9]{0,3}){0,2}$/);
    const version = fc.stringMatching(/^[0-9]{1,2}(?:\.[0-9]{1,2}){0,2}(?:rc[0-9])?$/);
    fc.assert(
      fc.property(name, version, (project, wanted) => {
        const normal = normalizeProject(project);
        expect(versionOfFile(`${project}-${wanted}.tar.gz`, normal)).toBe(wanted);
        expect(versionOfFile(`${normal.replaceAll("-", "_")}-${wanted}-py3-none-any.whl`, normal)).toBe(wanted);
      }),
    );
  });
});
