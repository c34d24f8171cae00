import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));
const program = fileURLToPath(new URL("./testing/use-without-packages.ts", import.meta.url));
const counter = fileURLToPath(new URL("./testing/count-octokit.mjs", import.meta.url));

/** Runs a program on the adapter, and gives which files of Octokit were loaded. */
async function octokitLoadedBy(use: "registry" | "packages"): Promise<readonly string[]> {
  const flags = ["--import", "tsx", "--import", counter, "--conditions=@bayplan/source"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, use], { cwd: workspace });
  return JSON.parse(stdout) as string[];
}

it("import and use of the registry alone load no Octokit", async () => {
  expect(await octokitLoadedBy("registry")).toEqual([]);
  // The counter does count.
  expect((await octokitLoadedBy("packages")).length).toBeGreaterThan(0);
});
