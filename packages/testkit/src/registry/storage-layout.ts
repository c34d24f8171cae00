import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { BayplanError, type Descriptor, type Digest, mediaTypes, parseDigest } from "@bayplan/core";
import { type ContentStore, emptyContents, type RepositoryContents } from "./content-store.ts";

const tagAnnotation = "org.opencontainers.image.ref.name";
const blobAnnotation = "dev.bayplan.testkit.also-blob";
const temporaryName = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/**
 * Keeps one OCI image layout per repository under the directory, so that other tools can read `oci:<directory>/<repository>:<tag>`.
 * Untagged manifests stand in `index.json` without a name. Every file is written beside its place, flushed and renamed
 * into it, so that a process that is killed leaves whole files only; what it was writing is swept away by the next one.
 * One process at a time.
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
    // The marker first: a folder with an index but without it is no layout to other tools.
    if (!existsSync(join(folder, "oci-layout"))) {
      await writeWhole(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    }
    await writeWhole(join(folder, "index.json"), JSON.stringify(toIndex(contents), undefined, 2));
  }

  return {
    load: () => loadLayouts(directory),
    read: (repository, digest) => readFile(fileOf(repository, digest)).catch(absent),
    size: (repository, digest) => stat(fileOf(repository, digest)).then(({ size }) => size, absent),
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
  await writeFile(temporary, content, { flush: true });
  await rename(temporary, path);
  const folder = await open(dirname(path)).catch(() => undefined);
  // Not every platform opens folders; where it does, the new name survives a loss of power too.
  await folder?.sync().finally(() => folder.close());
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function toIndex({ manifests, tags, alsoBlobs }: RepositoryContents): unknown {
  const entry = (descriptor: Descriptor, tag?: string): Descriptor => {
    const annotations = {
      ...(tag === undefined ? {} : { [tagAnnotation]: tag }),
      ...(alsoBlobs.has(descriptor.digest) ? { [blobAnnotation]: "true" } : {}),
    };
    return Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations };
  };
  const tagged = [...tags].flatMap(([tag, digest]) => {
    const descriptor = manifests.get(digest);
    return descriptor === undefined ? [] : [entry(descriptor, tag)];
  });
  const named = new Set(tags.values());
  const untagged = [...manifests.values()].filter(({ digest }) => !named.has(digest)).map((one) => entry(one));
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
      else if (temporaryName.test(entry.name)) rmSync(join(folder, entry.name), { force: true });
    }
  };
  if (existsSync(directory)) walk(directory);
  return found;
}

function readIndex(path: string): RepositoryContents {
  const contents = emptyContents();
  try {
    const index = JSON.parse(readFileSync(path, "utf8")) as { manifests: readonly Descriptor[] };
    for (const { annotations, ...descriptor } of index.manifests) {
      const digest: Digest = parseDigest(descriptor.digest);
      const tag = annotations?.[tagAnnotation];
      contents.manifests.set(digest, descriptor);
      if (tag !== undefined) contents.tags.set(tag, digest);
      if (annotations?.[blobAnnotation] !== undefined) contents.alsoBlobs.add(digest);
    }
  } catch (cause) {
    const message = `${path} is not the index of an OCI image layout. Remove it or choose another directory.`;
    throw new BayplanError("INVALID_INPUT", message, { cause });
  }
  return contents;
}
