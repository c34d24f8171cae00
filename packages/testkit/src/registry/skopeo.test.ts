import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildImage } from "../image/build-image.ts";
import { pushImage } from "../image/push-image.ts";
import { type ServedHandler, serve } from "../serve.ts";
import type { RegistryAuth } from "./auth.ts";
import { createEmbeddedRegistry } from "./embedded-registry.ts";

const hasSkopeo = spawnSync("skopeo", ["--version"]).status === 0;
if (!hasSkopeo) process.stderr.write("skipped: skopeo is not installed (apt-get install skopeo)\n");

const skopeo = (...args: readonly string[]): Promise<unknown> => promisify(execFile)("skopeo", args);
const users = { robot: "s3cret" };
const auths: Record<string, { auth: RegistryAuth; to: readonly string[]; from: readonly string[] }> = {
  "no credentials": { auth: { kind: "none" }, to: [], from: [] },
  Basic: {
    auth: { kind: "basic", users },
    to: ["--dest-creds=robot:s3cret"],
    from: ["--src-creds=robot:s3cret"],
  },
  "bearer tokens": {
    auth: { kind: "bearer", users },
    to: ["--dest-creds=robot:s3cret"],
    from: ["--src-creds=robot:s3cret"],
  },
};

describe.skipIf(!hasSkopeo)("skopeo", () => {
  let directory: string;
  let served: ServedHandler | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bayplan-skopeo-"));
  });
  afterEach(async () => {
    await served?.close();
    await rm(directory, { recursive: true });
  });

  for (const [name, { auth, to, from }] of Object.entries(auths)) {
    it(`copies an index in and out again with its digest, with ${name}`, async () => {
      const layout = join(directory, "layout");
      const image = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files: { "app/hello": "hi" } });
      const source = createEmbeddedRegistry({ storage: { directory: layout } });
      await pushImage({ origin: "http://source.test", fetch: source.fetch, repository: "team/app", tag: "v1", image });

      const registry = createEmbeddedRegistry({ auth });
      served = await serve(registry.fetch);
      const remote = `docker://${served.host}/team/app:v1`;
      await skopeo("copy", "--all", "--dest-tls-verify=false", ...to, `oci:${layout}/team/app:v1`, remote);
      expect(registry.snapshot()).toEqual({ "team/app": { v1: image.digest } });

      const out = join(directory, "out");
      await mkdir(join(out, "team"), { recursive: true });
      await skopeo("copy", "--all", "--src-tls-verify=false", ...from, remote, `oci:${out}/team/app:v1`);
      const copied = createEmbeddedRegistry({ storage: { directory: out } });
      expect(copied.snapshot()["team/app"]).toEqual({ v1: image.digest });
    });
  }
});
