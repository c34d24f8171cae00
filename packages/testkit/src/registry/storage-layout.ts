import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { BayplanError, type Descriptor, type Digest, mediaTypes, parseDigest } from "@bayplan/core";
import type { ContentStore, RepositoryContents } from "./content-store.ts";

const tagAnnotation = "org.opencontainers.image.ref.name";

/**
 * Keeps one OCI image layout per repository under the directory, so that other tools can read `oci:<directory>/<repository>:<tag>`.
 * Untagged manifests stand in `index.json` without a name. Every file is written beside its place and renamed into it.
 *
 * @throws BayplanError `INVALID_INPUT` when a layout under the directory cannot be read.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export function createLayoutStore(directory: string): ContentStore {
  const saving = new Map<string, Promise<void>>();
  const fileOf = (repository: string, digest: string): string =>
    join(directory, repository, "blobs", ...digest.split(":"));

  async function saveNow(repository: string, contents: RepositoryContents): Promise<void> {
    const folder = join(directory, repository);
    await writeWhole(join(folder, "index.json"), JSON.stringify(toIndex(contents), undefined, 2));
    if (!existsSync(join(folder, "oci-layout"))) {
      await writeWhole(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    }
  }

  return {
    load: () => loadLayouts(directory),
    read: (repository, digest) =>
      readFile(fileOf(repository, digest)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      }),
    write: (repository, digest, bytes) => writeWhole(fileOf(repository, digest), bytes),
    remove: (repository, digest) => rm(fileOf(repository, digest), { force: true }),
    saveIndex(repository, contents) {
      // One after the other: an older index must never replace a newer one. A failed save does not stop the next.
      const previous = saving.get(repository) ?? Promise.resolve();
      const next = previous.catch(() => {}).then(() => saveNow(repository, contents));
      saving.set(repository, next);
      return next;
    },
  };
}

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

function toIndex({ manifests, tags }: RepositoryContents): unknown {
  const tagged = [...tags].flatMap(([tag, digest]) => {
    const descriptor = manifests.get(digest);
    return descriptor === undefined ? [] : [{ ...descriptor, annotations: { [tagAnnotation]: tag } }];
  });
  const named = new Set(tags.values());
  const untagged = [...manifests.values()].filter((descriptor) => !named.has(descriptor.digest));
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...tagged, ...untagged] };
}

function loadLayouts(directory: string): Map<string, RepositoryContents> {
  const found = new Map<string, RepositoryContents>();
  const walk = (folder: string): void => {
    if (existsSync(join(folder, "index.json")) && folder !== directory) {
      found.set(relative(directory, folder).split(sep).join("/"), readIndex(join(folder, "index.json")));
    }
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(join(folder, entry.name));
    }
  };
  if (existsSync(directory)) walk(directory);
  return found;
}

function readIndex(path: string): RepositoryContents {
  const contents: RepositoryContents = { manifests: new Map(), tags: new Map() };
  try {
    const index = JSON.parse(readFileSync(path, "utf8")) as { manifests: readonly Descriptor[] };
    for (const { annotations, ...descriptor } of index.manifests) {
      const digest: Digest = parseDigest(descriptor.digest);
      const tag = annotations?.[tagAnnotation];
      contents.manifests.set(digest, descriptor);
      if (tag !== undefined) contents.tags.set(tag, digest);
    }
  } catch (cause) {
    const message = `${path} is not the index of an OCI image layout. Remove it or choose another directory.`;
    throw new BayplanError("INVALID_INPUT", message, { cause });
  }
  return contents;
}
