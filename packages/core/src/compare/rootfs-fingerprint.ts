import { digestOf } from "../oci/digest.ts";

/**
 * The text that `docker inspect --format='{{.RootFS.Layers}}'` prints for these unpacked layers, with its line end: what
 * the OpenCrate pipeline hashes. It says nothing of settings, platform or any other part of the config.
 */
export function rootfsText(diffIds: readonly string[]): string {
  return `[${diffIds.join(" ")}]\n`;
}

/** The SHA-256 of {@link rootfsText} in hexadecimal, as `sha256sum` prints it. */
export function rootfsFingerprint(diffIds: readonly string[]): string {
  return digestOf(new TextEncoder().encode(rootfsText(diffIds))).slice("sha256:".length);
}
