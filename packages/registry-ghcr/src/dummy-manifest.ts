import { randomUUID } from "node:crypto";
import { type Digest, digestOf, mediaTypes, parseManifest, type StoredBytes } from "@bayplan/core";
import { DummyShape } from "./schema.ts";

/** What a dummy stands in for. */
export interface DummyPurpose {
  readonly tag: string;
  /** What the tag showed before. */
  readonly digest: Digest;
}

/**
 * A manifest that exists only once and names nothing that must be uploaded: an index without entries for an index, an
 * image with the same configuration and no layers for an image. It says what it stands in for, so that it is recognised
 * after a crash.
 */
export function createDummy(original: StoredBytes, { tag, digest }: DummyPurpose): StoredBytes {
  const manifest = parseManifest(original);
  const annotations = {
    "dev.bayplan.untag.tag": tag,
    "dev.bayplan.untag.digest": digest,
    "dev.bayplan.untag.nonce": randomUUID(),
  };
  const isIndex = manifest.kind === "index";
  const mediaType = isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const content = isIndex ? { manifests: [] } : { config: manifest.config, layers: [] };
  const text = JSON.stringify({ schemaVersion: 2, mediaType, ...content, annotations });
  const bytes = new TextEncoder().encode(text);
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

/** Whether the manifest is a dummy of ours for that tag and digest. */
export function isDummyFor(stored: StoredBytes, { tag, digest }: DummyPurpose): boolean {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(stored.bytes));
  } catch {
    return false;
  }
  const parsed = DummyShape.safeParse(value);
  if (!parsed.success) return false;
  const { annotations } = parsed.data;
  return annotations["dev.bayplan.untag.tag"] === tag && annotations["dev.bayplan.untag.digest"] === digest;
}
