import { isBayplanError } from "../errors.ts";
import type { StoredBytes } from "../oci/descriptor.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { ManifestLinks } from "./inventory.ts";

/**
 * What the manifest points at, for a `RetentionManifest`. Bytes that are no manifest are `unreadable`; those that could
 * not be fetched are that, too, which the caller has to say: `{ state: "unreadable", error }`.
 */
export function manifestLinks(stored: StoredBytes): ManifestLinks {
  try {
    const manifest = parseManifest(stored);
    const children = manifest.kind === "index" ? manifest.manifests.map(({ digest }) => digest) : [];
    return { state: "read", children, ...(manifest.subject && { subject: manifest.subject.digest }) };
  } catch (error) {
    if (isBayplanError(error)) return { state: "unreadable", error: error.code };
    throw error;
  }
}
