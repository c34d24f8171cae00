import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type ComparisonLevel,
  compareImages,
  describeImage,
  digestOf,
  digestReference,
  type ImageFacts,
  mediaTypes,
  parseReference,
  parseRepository,
  type RegistryAdapter,
  type StoredBytes,
} from "@bayplan/core";
import { createEmbeddedRegistry, type ServedHandler, serve } from "@bayplan/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";

const hasBuildah = spawnSync("buildah", ["--version"]).status === 0;
if (!hasBuildah) process.stderr.write("skipped: buildah is not installed (apt-get install buildah)\n");

const levels: readonly ComparisonLevel[] = [
  ...(["index", "platform-manifests", "config", "config-normalised", "layers", "rootfs"] as const),
];
const reproducible = ["--timestamp", "0"];
const both = "linux/amd64,linux/arm64";

/** One image to build and push. */
interface Build {
  readonly platforms?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Dates of the files, in seconds. */
  readonly mtime?: number;
  readonly lines?: readonly string[];
  readonly from?: string;
  readonly flags?: readonly string[];
  readonly push?: readonly string[];
}

const plain: Build = { flags: reproducible };
const single: Build = { ...plain, platforms: "linux/amd64" };
/** The rows of the table in docs/digests.md: what is built on both sides. */
const rows: Readonly<Record<string, readonly [Build, Build]>> = {
  "built again, `--timestamp 0`": [plain, plain],
  "built again, without `--timestamp`": [{ mtime: 1_000 }, { mtime: 1_000, flags: ["--no-cache"] }],
  "file touched, without `--timestamp`": [{ mtime: 1_000 }, { mtime: 2_000 }],
  "`ENV` changed": [plain, { ...plain, lines: ["ENV A=2"] }],
  "label with the commit changed": [plain, { ...plain, lines: ["LABEL org.opencontainers.image.revision=2"] }],
  "file changed": [plain, { ...plain, files: { f: "other" } }],
  "manifest annotation added": [single, { ...single, flags: [...reproducible, "--annotation", "a=b"] }],
  "packed with zstd": [single, { ...single, push: ["--compression-format", "zstd"] }],
  "platform added": [{ ...plain, platforms: "linux/amd64" }, plain],
};

describe.skipIf(!hasBuildah)("images that buildah built", () => {
  let folder: string;
  let served: ServedHandler;
  /** Where other packing goes: buildah does not pack again what it knows to be in a registry. */
  let apart: ServedHandler;
  let registry: RegistryAdapter;
  let count = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bayplan-buildah-"));
    served = await serve(createEmbeddedRegistry().fetch);
    apart = await serve(createEmbeddedRegistry().fetch);
    registry = createOciRegistry({ hosts: [served.host, apart.host] });
  });
  afterAll(async () => {
    await served.close();
    await apart.close();
    await rm(folder, { recursive: true, force: true });
  });

  const buildah = (place: string, ...args: readonly string[]) => {
    const storage = [
      "--root",
      join(folder, `${place}-root`),
      "--runroot",
      join(folder, `${place}-run`),
      "--storage-driver",
      "vfs",
    ];
    return promisify(execFile)("buildah", [...storage, ...args], { timeout: 60_000 });
  };
  const built = async (build: Build): Promise<ImageFacts> => {
    count += 1;
    const name = `image-${count}`;
    const context = join(folder, name);
    await mkdir(context);
    for (const [path, content] of Object.entries(build.files ?? { f: "hello" })) {
      await writeFile(join(context, path), content);
      if (build.mtime !== undefined) await utimes(join(context, path), build.mtime, build.mtime);
    }
    const lines = [
      `FROM ${build.from ?? "scratch"}`,
      ...Object.keys(build.files ?? { f: "" }).map((path) => `COPY ${path} /${path}`),
    ];
    await writeFile(join(context, "Dockerfile"), [...lines, ...(build.lines ?? ["ENV A=1"]), ""].join("\n"));
    const platforms = build.platforms ?? both;
    const isSingle = !platforms.includes(",");
    const target = isSingle ? ["--tag", name] : ["--manifest", name];
    const flags = ["--isolation", "chroot", "--tls-verify=false", ...(build.flags ?? [])];
    const [place, host] = build.push === undefined ? ["usual", served.host] : ["apart", apart.host];
    // One after the other: in one command, the index has them in the order in which they were finished.
    for (const platform of platforms.split(","))
      await buildah(place, "build", ...flags, "--platform", platform, ...target, context);
    const remote = `docker://${host}/team/app:${name}`;
    if (isSingle) await buildah(place, "push", "--tls-verify=false", ...(build.push ?? []), name, remote);
    else await buildah(place, "manifest", "push", "--all", "--tls-verify=false", name, remote);
    return described(name, host);
  };
  const described = (tag: string, host = served.host) =>
    describeImage(parseReference(`${host}/team/app:${tag}`), registry);
  const equalAt = (left: ImageFacts, right: ImageFacts) =>
    levels.filter((level) => compareImages(left, right, level).equal);

  it.each(Object.keys(rows))("are equal where docs/digests.md says so: %s", async (row) => {
    const [left, right] = rows[row] ?? [plain, plain];
    expect(equalAt(await built(left), await built(right))).toEqual((await documentedRows()).get(row));
  });

  it("are equal below the index when provenance is added", async () => {
    const image = await built(plain);
    const attested = await attest(registry, { image, repository: `${served.host}/team/app` });
    const documented = (await documentedRows()).get("provenance added");
    const after = await described("attested");
    expect(after.digest).toBe(attested);
    expect(after.attestations).toHaveLength(1);
    expect(equalAt(image, after)).toEqual(documented);
  });

  it("show what they are built on", async () => {
    const base = await built({ ...single, files: { base: "b" } });
    const from = `${served.host}/team/app:image-${count}`;
    const child = await built({ ...single, from, flags: [...reproducible, "--pull"] });
    expect(compareImages(child, base, "base-prefix").equal).toBe(true);
    const rebuilt = await built({ ...single, files: { base: "c" } });
    expect(compareImages(child, rebuilt, "base-prefix").equal).toBe(false);
  });

  it("are all there is in the table", async () => {
    expect([...(await documentedRows()).keys()].sort()).toEqual([...Object.keys(rows), "provenance added"].sort());
  });
});

/** The table "What a change does" of docs/digests.md: row, and the levels at which it says `=`. */
async function documentedRows(): Promise<ReadonlyMap<string, readonly ComparisonLevel[]>> {
  const text = await readFile(new URL("../../../docs/digests.md", import.meta.url), "utf8");
  const [, section = ""] = text.split("## What a change does");
  const [head = [], , ...body] = (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return new Map(
    body.map(([name = "", ...cells]) => {
      return [name, levels.filter((level) => cells[head.indexOf(`\`${level}\``) - 1] === "=")];
    }),
  );
}

/** An index of the same manifests and a provenance, as BuildKit writes it. */
async function attest(
  registry: RegistryAdapter,
  { image, repository }: { readonly image: ImageFacts; readonly repository: string },
): Promise<string> {
  const name = parseRepository(repository);
  const bytes = new TextEncoder().encode("{}");
  const blob = { mediaType: "application/vnd.in-toto+json", digest: digestOf(bytes), size: bytes.length };
  await registry.putBlob(name, blob, content(bytes));
  const provenance = stored(
    { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: blob, layers: [blob] },
    mediaTypes.ociManifest,
  );
  await registry.putManifest(name, provenance);
  const [first] = image.platforms;
  const manifests = [
    ...(await Promise.all(
      image.platforms.map(async ({ digest, platform }) => {
        const [os, architecture] = platform.split("/");
        const manifest = await registry.fetchManifest(digestReference(name, digest));
        return { ...manifest?.descriptor, platform: { os, architecture } };
      }),
    )),
    {
      ...provenance.descriptor,
      platform: { os: "unknown", architecture: "unknown" },
      annotations: {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": first?.digest,
      },
    },
  ];
  const index = stored({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, mediaTypes.ociIndex);
  await registry.putManifest(name, index);
  const target = { ...name, kind: "digest", digest: index.descriptor.digest } as const;
  await registry.tag(target, "attested", { absent: true });
  return index.descriptor.digest;
}

async function* content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function stored(document: unknown, mediaType: string): StoredBytes {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
