import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionResult, Plan } from "@bayplan/core";
import { afterAll, describe, expect, it } from "vitest";
import { artifactFiles, writeArtifactFiles } from "./artifact-files.ts";

const directory = mkdtempSync(join(tmpdir(), "bayplan-artifact-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const node = (id: string, state: string) => ({
  id,
  image: id,
  version: "1",
  reference: `ghcr.io/o/${id}:1`,
  state: { state },
});
const plan = {
  nodes: [
    node("a", "built"),
    node("b", "queued"),
    node("c", "unknown"),
    node("d", "tag-missing"),
    node("e", "blocked"),
  ],
  steps: [
    { id: "build:b", kind: "build", node: "b", dispatch: { workflow: "b.yml" } },
    { id: "tag:b", kind: "tag", node: "b" },
  ],
} as unknown as Plan;
const run = { id: "1", gitRepository: "o/n", url: "https://x/", attempt: 1 };
const result = {
  state: "partial",
  outcomes: [
    { step: "build:b", state: "done", run },
    { step: "await:b", state: "failed", code: "RUN_FAILED", message: "no\nluck" },
    { step: "tag:b", state: "skipped", because: "await:b" },
  ],
} as unknown as ExecutionResult;
const parsed = (files: Readonly<Record<string, string>>, name: string) => JSON.parse(files[name] ?? "null");

describe("artifactFiles", () => {
  it("tells what was missing, started and failed", () => {
    const files = artifactFiles({ plan, result });
    expect(parsed(files, "missing.json").map((one: { node: string; state: string }) => [one.node, one.state])).toEqual([
      ["b", "queued"],
      ["c", "unknown"],
      ["e", "blocked"],
    ]);
    expect(parsed(files, "dispatched.json")).toEqual([{ node: "b", workflow: "b.yml", run }]);
    expect(parsed(files, "failed.json")).toMatchObject([
      { node: "await:b", code: "RUN_FAILED" },
      { node: "b", state: "skipped", because: "await:b" },
    ]);
    expect(parsed(files, "plan.json")).toEqual(plan);
    expect(
      files["journal.jsonl"]
        ?.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(result.outcomes);
  });

  it("has every file before anything was done, and a journal that is given", () => {
    const files = artifactFiles({ plan, journal: [{ seq: 1 }] });
    expect(Object.keys(files)).toEqual([
      "plan.json",
      "journal.jsonl",
      "missing.json",
      "dispatched.json",
      "failed.json",
    ]);
    expect(parsed(files, "failed.json")).toEqual([]);
    expect(files["journal.jsonl"]).toBe('{"seq":1}\n');
  });

  it("is written to a directory, and nowhere else", async () => {
    const paths = await writeArtifactFiles(join(directory, "new", "one"), artifactFiles({ plan, result }));
    expect(paths).toHaveLength(5);
    expect(JSON.parse(readFileSync(paths[0] ?? "", "utf8"))).toEqual(plan);
    await expect(writeArtifactFiles(directory, { "../evil": "x" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});
