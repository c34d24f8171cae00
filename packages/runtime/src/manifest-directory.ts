import { createHash, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { lstat, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BayplanError, type Digest, matchesDigest, type StoredBytes } from "@bayplan/core";

/** Manifests as files of one directory. What cannot be read is not there, what cannot be written is not kept. */
export interface ManifestDirectory {
  read(digest: Digest): Promise<StoredBytes | undefined>;
  write(manifest: StoredBytes): Promise<void>;
}

const maxFileBytes = 16 * 1024 * 1024;
const fileName = /^sha(?:256-[a-f0-9]{64}|512-[a-f0-9]{128})(?<temporary>\.[a-f0-9-]{36}\.tmp)?$/;
const abandonedAfterMs = 3_600_000;
// After that share of the limit has been written, the directory is looked through; that much is made free.
const sweepShare = 1 / 8;

/**
 * Opens a directory, making it if needed. Each file is one line, `<media type> <check>`, and the bytes; it is written
 * beside its place and moved there, so several processes can use one directory. Files of other names are left alone.
 *
 * @throws BayplanError `INVALID_INPUT` when the directory cannot be made.
 */
export function openManifestDirectory(path: string, options: { readonly maxBytes: number }): ManifestDirectory {
  const { maxBytes } = options;
  makeDirectory(path);
  const fileOf = (digest: Digest): string => join(path, digest.replace(":", "-"));
  // The first write looks, too: there may be too much from earlier.
  let unseenBytes = maxBytes;
  let sweeping: Promise<void> | undefined;

  async function sweep(): Promise<void> {
    const files: { readonly file: string; readonly size: number; readonly mtimeMs: number }[] = [];
    for (const name of await readdir(path)) {
      const known = fileName.exec(name);
      const file = join(path, name);
      const stat = known === null ? undefined : await lstat(file).catch(() => undefined);
      if (stat?.isFile() !== true) continue;
      if (known?.groups?.["temporary"] === undefined) files.push({ file, size: stat.size, mtimeMs: stat.mtimeMs });
      else if (stat.mtimeMs < Date.now() - abandonedAfterMs) await discard(file);
    }
    let totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    if (totalBytes <= maxBytes) return;
    for (const { file, size } of files.sort((left, right) => left.mtimeMs - right.mtimeMs)) {
      if (totalBytes <= maxBytes * (1 - sweepShare)) return;
      await discard(file);
      totalBytes -= size;
    }
  }

  return {
    async read(digest) {
      const file = fileOf(digest);
      const content = await readAndTouch(file).catch(() => undefined);
      if (content === undefined) return undefined;
      const manifest = parse(content, digest);
      if (manifest === undefined) await discard(file);
      return manifest;
    },
    async write(manifest) {
      const file = fileOf(manifest.descriptor.digest);
      const content = format(manifest);
      if (content.byteLength > Math.min(maxFileBytes, maxBytes)) return;
      const temporary = `${file}.${randomUUID()}.tmp`;
      try {
        await writeFile(temporary, content, { flag: "wx", mode: 0o600 });
        await rename(temporary, file);
      } catch {
        return discard(temporary);
      }
      unseenBytes += content.byteLength;
      if (unseenBytes < maxBytes * sweepShare) return;
      unseenBytes = 0;
      sweeping ??= sweep()
        .catch(() => {})
        .finally(() => {
          sweeping = undefined;
        });
      await sweeping;
    },
  };
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `The directory ${path} of a manifest cache cannot be made. Name one that can be written to.`;
    throw new BayplanError("INVALID_INPUT", message, { cause });
  }
}

/** The bytes of a file, marked as used now; empty for one that is too large to be ours. */
async function readAndTouch(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    if ((await handle.stat()).size > maxFileBytes) return Buffer.alloc(0);
    const now = new Date();
    // A file of somebody else can be read, but not marked.
    await handle.utimes(now, now).catch(() => {});
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function format({ descriptor, bytes }: StoredBytes): Buffer {
  const { mediaType, digest } = descriptor;
  return Buffer.concat([Buffer.from(`${mediaType} ${check(mediaType, digest)}\n`), bytes]);
}

function parse(content: Buffer, digest: Digest): StoredBytes | undefined {
  const end = content.indexOf("\n");
  const [mediaType = "", checked] = content.subarray(0, Math.max(end, 0)).toString("latin1").split(" ");
  const bytes = Uint8Array.from(content.subarray(end + 1));
  if (checked !== check(mediaType, digest) || !matchesDigest(bytes, digest)) return undefined;
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
}

/** The digest is of the bytes alone: this holds the media type to them. */
function check(mediaType: string, digest: Digest): string {
  return createHash("sha256").update(`${mediaType} ${digest}`).digest("hex");
}

async function discard(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => {});
}
