import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "@bayplan/testkit";
import { afterAll, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "bayplan-cli-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What `npm start -- <args>` does, as its own process. */
function start(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const node = ["--import", "tsx", "--conditions=@bayplan/source", main, "--state", join(directory, "state"), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, node, { encoding: "utf8" }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

function definition(name: string, data: unknown): string {
  const file = join(directory, `${name}.json`);
  writeFileSync(file, typeof data === "string" ? data : JSON.stringify(data));
  return file;
}

const version = { source: "python.org", scheme: "cpython-tag", line: "3.14" };
const image = { workflow: "cpython-tsan.yml" };
const base = { repository: "{registry}/x/{image}", version, images: { a: image }, tags: ["{version}"] };

describe("npm start", () => {
  it("holds a version of which one build fails, rolls it forward, then has nothing to do", async () => {
    const failed = await start("--fail", "numpy-tsan");
    expect(failed.code).toBe(1);
    const report = JSON.parse(readFileSync(join(directory, "state", "report.json"), "utf8"));
    const results = Object.fromEntries(
      report.nodes.map((node: { node: { id: string }; result: string }) => [node.node.id, node.result]),
    );
    expect(results).toMatchObject({
      // Built and tested, and no tag of it is written.
      "cpython-tsan@3.14.4t": "skipped",
      "numpy-tsan@3.14.4t": "failed",
      "scipy-tsan@3.14.4t": "skipped",
      "numpy-asan@3.14.4t": "skipped",
      // Another version, another release.
      "cpython-tsan@3.14.4": "built",
    });
    const written = report.outcomes.filter(
      ({ step, state }: { step: string; state: string }) => step.startsWith("tag:") && state === "done",
    );
    expect(new Set(written.map(({ step }: { step: string }) => step.split(":")[1]))).toEqual(
      new Set(["cpython-tsan@3.14.4", "cpython-asan@3.14.4"]),
    );

    const released = await start();
    expect(released.code).toBe(0);
    expect(released.out).toContain("dispatch numpy-tsan.yml");
    expect(released.out).not.toContain("dispatch cpython-tsan.yml");

    const again = await start();
    expect(again.code).toBe(0);
    expect(again.out).toContain("nothing to do");
    expect(again.out).toContain("is the newest 3.14 version that python.org publishes");
    const journal = readFileSync(join(directory, "state", "journal.jsonl"), "utf8")
      .trim()
      .split("\n");
    const over = journal.map((line) => JSON.parse(line)).filter(({ event }) => event === "over");
    expect(over.map(({ state }) => state)).toEqual(["partial", "complete", "complete"]);
  }, 240_000);

  it("plans without doing anything when asked to", async () => {
    const planned = await start("--fresh", "--dry-run");
    expect(planned.code).toBe(0);
    const plan = JSON.parse(readFileSync(join(directory, "state", "plan.json"), "utf8"));
    expect(plan.steps.filter((step: { kind: string }) => step.kind === "build")).toHaveLength(11);
    expect(readFileSync(join(directory, "state", "graph.mmd"), "utf8")).toMatch(/^flowchart/);
    expect(readFileSync(join(directory, "state", "plan.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*numpy-tsan/);
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    [
      "every problem of a definition",
      { ...base, imagse: {}, platforms: ["linux"], images: { a: { base: "b" } } },
      "INVALID_DEFINITION",
    ],
    ["a cycle", { ...base, images: { a: { ...image, base: "b" }, b: { ...image, base: "a" } } }, "CYCLE"],
    ["an unknown base", { ...base, images: { a: { ...image, base: "b" } } }, "UNKNOWN_BASE"],
    ["an illegal tag", { ...base, tags: ["{version}+x"] }, "INVALID_DEFINITION"],
    ["a file that is not JSON", "{", "INVALID_DEFINITION"],
  ];
  for (const [what, data, code] of refused) {
    it(`refuses ${what} with exit code 2`, async () => {
      const result = await start("--definition", definition("bad", data));
      expect(result.code).toBe(2);
      expect(result.err).toMatch(new RegExp(`^${code}: `));
    });
  }

  it("names all problems of a definition at once", async () => {
    const data = { ...base, imagse: {}, platforms: "linux", images: { a: { base: 3 } } };
    const { err } = await start("--definition", definition("many", data));
    for (const path of ["imagse", "platforms", "images.a.workflow", "images.a.base"]) expect(err).toContain(path);
  });

  it("changes nothing with a wrong token, and says which", async () => {
    const result = await start("--fresh", "--github-token", "wrong");
    expect(result.code).toBe(2);
    expect(result.out).toContain("UNAUTHORIZED");
    expect(result.out).not.toContain("wrong-token");
  });

  it("refuses two registries, and one that there is not, before it starts anything", async () => {
    for (const args of [
      ["--registry", "ecr", "--registry-url", "http://127.0.0.1:5000"],
      ["--registry", "quay"],
    ]) {
      const result = await start(...args);
      expect(result.code).toBe(2);
      expect(result.err).toContain("--registry <name>");
      expect(result.out).toBe("");
    }
  }, 60_000);

  it("shows what becomes of a seed's faults, the same every time, and that the invariants hold", async () => {
    const [shown, again] = [await start("--chaos", "7"), await start("--chaos", "7")];
    expect(shown.code).toBe(0);
    expect(shown.out).toContain("Every invariant holds.");
    expect(again.out).toBe(shown.out);
    expect((await start("--chaos", "seven")).code).toBe(2);
  }, 120_000);

  it("changes nothing when the registry cannot be reached", async () => {
    const closed = await serve(async () => new Response());
    await closed.close();
    const result = await start("--registry-url", closed.origin);
    expect(result.code).toBe(2);
    expect(result.out).toContain("UNAVAILABLE");
    expect(result.out).not.toContain("dispatch ");
  }, 60_000);

  it("changes nothing when something else answers in the registry's place", async () => {
    const portal = await serve(
      async () => new Response("<html>Please log in</html>", { headers: { "content-type": "text/html" } }),
    );
    const result = await start("--registry-url", portal.origin);
    await portal.close();
    expect(result.code).toBe(2);
    expect(result.out).toContain("RESPONSE_INVALID");
    expect(result.out).not.toContain("dispatch ");
  });
});
