import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedRegistry, type EmbeddedRegistryOptions, serve } from "@bayplan/testkit";
import { type OciReport, parseJunitReport } from "./parse-junit-report.ts";
import type { OciProgramme } from "./programmes.ts";

const login = { username: "bayplan", password: "dummy-password" };
const timeoutMs = 300_000;

/** A kind of embedded registry that a programme is run against. */
export interface OciSetting {
  readonly name: string;
  readonly storage: "memory" | "directory";
  readonly auth: "none" | "basic" | "bearer";
}

/**
 * Runs an OCI conformance programme against an embedded registry on a loopback socket, with nothing of the caller's
 * environment that could change its settings. Takes at most five minutes.
 *
 * @throws Error when the programme does not start, leaves no report, or ends badly although its report is good.
 */
export async function runProgramme(binary: string, programme: OciProgramme, setting: OciSetting): Promise<OciReport> {
  const folder = await mkdtemp(join(tmpdir(), "bayplan-oci-conformance-"));
  const embedded = createEmbeddedRegistry(optionsOf(setting, join(folder, "content")));
  const served = await serve(embedded.fetch);
  try {
    const results = join(folder, "results");
    await mkdir(results);
    const { origin, host } = served;
    const place = { origin, host, results, ...(setting.auth === "none" ? {} : { login }) };
    const ended = await run(binary, folder, programme.environment(place));
    const said = `It said: ${ended.said === "" ? "nothing" : ended.said}`;
    // The programme of 2026 ends with 0, too, when it could not begin.
    if (!existsSync(join(results, "junit.xml"))) throw new Error(`${binary} left no junit.xml. ${said}`);
    const report = parseJunitReport(await readFile(join(results, "junit.xml"), "utf8"), programme.off);
    if (ended.code !== 0 && report.failed === 0) throw new Error(`${binary} ended with ${ended.code}. ${said}`);
    return report;
  } finally {
    await served.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function optionsOf({ storage, auth }: OciSetting, directory: string): EmbeddedRegistryOptions {
  const users = { [login.username]: login.password };
  return {
    storage: storage === "memory" ? "memory" : { directory },
    auth: auth === "none" ? { kind: "none" } : { kind: auth, users },
  };
}

// In a folder of its own: the programme of 2026 reads a settings file from where it is started.
function run(
  binary: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | string | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [], { cwd, env, stdio: ["ignore", "ignore", "pipe"], timeout: timeoutMs });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-2000);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: code ?? signal, said: said.trim() }));
  });
}
