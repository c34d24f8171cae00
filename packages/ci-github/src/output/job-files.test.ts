import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readAsRunner } from "../testing/runner-files.ts";
import { fitSummary } from "./fit-summary.ts";
import { createJobFiles } from "./job-files.ts";

const directory = mkdtempSync(join(tmpdir(), "bayplan-job-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const env = {
  GITHUB_OUTPUT: join(directory, "output"),
  GITHUB_ENV: join(directory, "env"),
  GITHUB_STEP_SUMMARY: join(directory, "summary"),
};
const bytesOf = (text: string) => new TextEncoder().encode(text).length;

describe("createJobFiles", () => {
  it("appends outputs and variables", async () => {
    const files = createJobFiles({ env });
    await files.setOutputs({ tags: "a\nb" });
    await files.setOutputs({ digest: "sha256:x" });
    await files.exportVariables({ TAGS: "c" });
    expect(readAsRunner(readFileSync(env.GITHUB_OUTPUT, "utf8"))).toEqual([
      ["tags", "a\nb"],
      ["digest", "sha256:x"],
    ]);
    expect(readAsRunner(readFileSync(env.GITHUB_ENV, "utf8"))).toEqual([["TAGS", "c"]]);
  });

  it.each(["GITHUB_TOKEN", "github_path", "RUNNER_TEMP", "ACTIONS_ID_TOKEN_REQUEST_URL", "CI", "NODE_OPTIONS"])(
    "does not set %s",
    async (name) => {
      await expect(createJobFiles({ env }).exportVariables({ [name]: "x" })).rejects.toMatchObject({
        code: "INVALID_INPUT",
      });
    },
  );

  it("keeps all summaries of a step within 1 MiB together, and says what became of each", async () => {
    writeFileSync(env.GITHUB_STEP_SUMMARY, "");
    const files = createJobFiles({ env });
    const big = `${"x".repeat(99)}\n`.repeat(6000);
    expect(await files.addSummary(big)).toBe("whole");
    expect(await files.addSummary(big, { fullVersion: "in the artifact plan" })).toBe("shortened");
    expect(await files.addSummary(big)).toBe("left-out");
    const text = readFileSync(env.GITHUB_STEP_SUMMARY, "utf8");
    expect(bytesOf(text)).toBeLessThanOrEqual(1024 * 1024);
    expect(text).toContain("of 6000 lines");
    expect(text).toContain("in the artifact plan");
  });

  it("says that this is no step of GitHub Actions", async () => {
    await expect(createJobFiles({ env: {} }).setOutputs({ a: "b" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("fitSummary", () => {
  it("leaves alone what fits, to the byte", () => {
    const text = "é".repeat(500);
    expect(fitSummary(text, { maxBytes: 1000 })).toBe(text);
    expect(fitSummary(text, { maxBytes: 999 })).not.toBe(text);
  });

  it("counts honestly, cuts after a whole line and closes what was open", () => {
    const lines = ["<details>", "```text", ...Array.from({ length: 300 }, (_, index) => `line ${index} é`)];
    const shown = fitSummary(lines.join("\n"), { maxBytes: 1500 });
    expect(bytesOf(shown)).toBeLessThanOrEqual(1500);
    const kept = shown.split("\n").filter((line) => lines.includes(line));
    expect(shown).toContain(`the first ${kept.length} of ${lines.length} lines`);
    expect(kept.slice(0, 3)).toEqual(lines.slice(0, 3));
    expect(shown.match(/```/g)).toHaveLength(2);
    expect(shown.match(/<\/details>/g)).toHaveLength(1);
  });
});
