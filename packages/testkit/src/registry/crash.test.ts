import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDigest, matchesDigest, mediaTypes } from "@bayplan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestRegistry } from "../testing/open-test-registry.ts";

const workspace = fileURLToPath(new URL("../../../../", import.meta.url));
const writer = fileURLToPath(new URL("../testing/crash-writer.ts", import.meta.url));
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bayplan-crash-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** Lets a process write until so many writes were acknowledged, kills it, and gives what it had acknowledged. */
async function writeAndKill(acknowledgements: number): Promise<readonly string[]> {
  const flags = ["--import", "tsx", "--conditions=@bayplan/source"];
  const child = spawn(process.execPath, [...flags, writer, directory], {
    cwd: workspace,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) === acknowledgements) child.kill("SIGKILL");
  }
  expect((await closed)[1]).toBe("SIGKILL");
  return lines;
}

describe("a registry whose process is killed while it writes", () => {
  it("has everything that was acknowledged, nothing half, and no rubbish", async () => {
    for (const acknowledgements of [9, 40]) {
      const lines = await writeAndKill(acknowledgements);
      const registry = openTestRegistry({ storage: { directory } });
      const files = await readdir(join(directory, "team/app"), { recursive: true });
      expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
      for (const file of files) {
        const digest = file.replace(/^blobs\//, "").replace("/", ":");
        if (!isDigest(digest)) continue;
        const stored = await registry.send("GET", `/v2/team/app/blobs/${digest}`);
        if (stored.status === 200) expect(matchesDigest(new Uint8Array(await stored.arrayBuffer()), digest)).toBe(true);
      }
      const acknowledged = new Map<string, Set<string>>();
      for (const [kind, name = "", digest = ""] of lines.map((line) => line.split(" "))) {
        if (kind === "blob") expect(await registry.outcome("HEAD", `/v2/team/app/blobs/${name}`)).toEqual([200]);
        else acknowledged.set(name, (acknowledged.get(name) ?? new Set()).add(digest));
      }
      const tags = registry.snapshot()["team/app"] ?? {};
      for (const [tag, digests] of acknowledged) {
        const last = [...digests].at(-1);
        // A later write may have become durable although nobody was told any more; an older one may not come back.
        expect(tags[tag] === last || !digests.has(tags[tag] ?? "")).toBe(true);
        expect(tags[tag]).toBeDefined();
        const headers = { accept: mediaTypes.ociManifest };
        for (const digest of [...digests, tag]) {
          expect(await registry.outcome("GET", `/v2/team/app/manifests/${digest}`, { headers })).toEqual([200]);
        }
      }
      expect(acknowledged.size).toBeGreaterThan(0);
      expect(await registry.outcome("PUT", "/v2/team/app/manifests/x", { body: "{}" })).toEqual([
        400,
        "MANIFEST_INVALID",
      ]);
    }
  }, 120_000);
});
