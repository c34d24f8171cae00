import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

/** The packages of the SDK whose files were read by a process that runs this code. */
async function sdkFilesOf(code: string): Promise<readonly string[]> {
  // Looks at every file that the process reads as a module, of whichever kind.
  const hook = `
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(\`
      import { writeSync } from "node:fs";
      export async function resolve(specifier, context, next) {
        const found = await next(specifier, context);
        if (/aws-sdk|smithy/.test(found.url)) writeSync(1, "loaded " + specifier + "\\\\n");
        return found;
      }\`));`;
  const { stdout } = await run(
    process.execPath,
    [
      "--import",
      "tsx",
      "--import",
      `data:text/javascript,${encodeURIComponent(hook)}`,
      "--conditions=@bayplan/source",
      "--input-type=module",
      "--eval",
      code,
    ],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), env: { ...process.env, NODE_PATH: workspace } },
  );
  return stdout.split("\n").filter((line) => line.startsWith("loaded "));
}

it("loads nothing of the AWS SDK before it is used", { timeout: 60_000 }, async () => {
  const make = `
    import { createEcrPublicRegistry, createEcrRegistry } from "@bayplan/registry-ecr";
    const registry = createEcrRegistry({ accountId: "123456789012", region: "eu-central-1" });
    const open = createEcrPublicRegistry();`;
  expect(await sdkFilesOf(`${make} await registry.close(); await open.close();`)).toEqual([]);
  // The same eyes do see it when it is loaded.
  const used = `${make} const name = { registry: registry.hosts[0], repository: "a" };
    const abort = new AbortController();
    const listing = registry.inventory.list(name, { signal: abort.signal })[Symbol.asyncIterator]().next();
    setTimeout(() => abort.abort(), 0);
    await listing.catch(() => {});
    process.exit(0);`;
  const loaded = await sdkFilesOf(used);
  expect(loaded.some((line) => line.includes("@aws-sdk/client-ecr"))).toBe(true);
  expect(loaded.some((line) => line.includes("client-sts") || line.includes("ecr-public"))).toBe(false);
});
