import { detectChanges } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createTestCi } from "./testing/create-test-ci.ts";
import { json } from "./testing/fake-github.ts";

const request = { base: "v1.0.0", head: "main" };
const files = (count: number) => Array.from({ length: count }, (_, index) => ({ filename: `f${index}` }));

function compare(answer: () => Response, change: object = {}) {
  const { ci, github } = createTestCi();
  github.intercept = answer;
  return { github, result: ci.compareCommits({ ...request, ...change }) };
}

describe("compareCommits", () => {
  it("lists the files, both names of a renamed one", async () => {
    const answer = () => json({ files: [{ filename: "b", previous_filename: "a" }, { filename: "c" }] });
    const { github, result } = compare(answer);
    expect(await result).toEqual({ state: "known", paths: ["b", "a", "c"] });
    expect(decodeURIComponent(github.sent[0]?.url.pathname ?? "")).toBe("/repos/o/n/compare/v1.0.0...main");
  });

  it("does not take 300 files for all of them", async () => {
    expect(await compare(() => json({ files: files(299) })).result).toMatchObject({ state: "known" });
    const changes = await compare(() => json({ files: files(300) })).result;
    expect(changes).toMatchObject({ state: "incomplete" });
    expect(detectChanges(["Dockerfile"], changes).state).toBe("unknown");
  });

  it("does not take what it cannot see for nothing", async () => {
    expect(await compare(() => json({ message: "Not Found" }, 404)).result).toMatchObject({ state: "unknown" });
    expect(await compare(() => json({})).result).toMatchObject({ state: "unknown" });
    const fresh = compare(() => json({}), { base: "0".repeat(40) });
    expect(await fresh.result).toMatchObject({ state: "unknown" });
    expect(fresh.github.sent).toEqual([]);
  });

  it("says which permission is missing", async () => {
    await expect(compare(() => json({ message: "no" }, 403)).result).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining("contents: read"),
    });
  });

  it.each(["", "a..b", "a b", "a\n"])("refuses the commit %j", async (head) => {
    const { github, result } = compare(() => json({}), { head });
    await expect(result).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(github.sent).toEqual([]);
  });
});
