import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));
const counter = fileURLToPath(new URL("../../registry-ghcr/src/testing/count-octokit.mjs", import.meta.url));

/** Uses the package in a process of its own, and gives which files of Octokit were loaded. */
async function octokitLoadedBy(use: string): Promise<readonly string[]> {
  const program = `
    import { createGitHubCi, formatAnnotation, readGitHubContext } from "./packages/ci-github/src/index.ts";
    const ci = createGitHubCi({ repository: "o/n", token: "dummy", fetch: async () => new Response(null, { status: 404 }) });
    formatAnnotation({ level: "notice", message: "x" });
    await readGitHubContext({ env: { GITHUB_EVENT_NAME: "schedule", GITHUB_REPOSITORY: "o/n" }, payload: { schedule: "x" } });
    ${use}
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stdout.write(JSON.stringify(globalThis.octokitLoaded));`;
  const flags = ["--import", "tsx", "--import", counter, "--conditions=@bayplan/source", "--input-type=module"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "-e", program], { cwd: workspace });
  return JSON.parse(stdout) as string[];
}

it("importing the package, reading an event and writing outputs load no Octokit", async () => {
  expect(await octokitLoadedBy("")).toEqual([]);
  // The counter does count.
  const call = `await ci.compareCommits({ base: "a", head: "b" });`;
  expect((await octokitLoadedBy(call)).length).toBeGreaterThan(0);
});
