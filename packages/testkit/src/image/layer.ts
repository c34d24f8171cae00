import { gzipSync } from "node:zlib";
import { type Descriptor, type Digest, digestOf, mediaTypes } from "@bayplan/core";
import { pack } from "tar-stream";

/** A gzipped tar and the digest of the tar inside, which the config lists. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly diffId: Digest;
}

/** Packs the files in the order of their paths, all owned by root and dated alike: the same files give the same digest. */
export async function packLayer(files: Readonly<Record<string, string>>, mtime: Date): Promise<Layer> {
  const tar = await packTar(files, mtime);
  const bytes = gzipSync(tar, { level: 9 });
  // Byte 9 of the header names the operating system that compressed; 255 says "unknown", everywhere.
  bytes[9] = 255;
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes, diffId: digestOf(tar) };
}

async function packTar(files: Readonly<Record<string, string>>, mtime: Date): Promise<Uint8Array> {
  const archive = pack();
  const paths = Object.keys(files).sort();
  for (const folder of foldersOf(paths)) {
    archive.entry({ name: `${folder}/`, type: "directory", mode: 0o755, uid: 0, gid: 0, mtime });
  }
  for (const path of paths) {
    archive.entry({ name: relative(path), mode: 0o644, uid: 0, gid: 0, mtime }, files[path] ?? "");
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const parts = relative(path).split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  return [...new Set(folders)].sort();
}

function relative(path: string): string {
  return path.replace(/^\/+/, "");
}
