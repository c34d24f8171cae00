import { BayplanError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageManifest, parseManifest, platformDigests } from "../oci/manifest.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { type DigestReference, digestReference, formatReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { RegistryAdapter } from "../ports/registry.ts";

const maxConfigBytes = 8 * 1024 * 1024;

/**
 * The runnable platforms of an image and the digest of each one's manifest: from the index, or for a single manifest
 * from its config. Attestations are left out.
 *
 * @throws BayplanError `NOT_FOUND` when the manifest is gone, `RESPONSE_INVALID` when it or its config cannot be read.
 */
export async function readPlatforms(
  registry: RegistryAdapter,
  reference: DigestReference,
  options: CallOptions = {},
): Promise<Readonly<Record<string, Digest>>> {
  const stored = await registry.fetchManifest(reference, options);
  if (stored === undefined) {
    throw new BayplanError("NOT_FOUND", `${formatReference(reference)} is not there any more. Plan again.`);
  }
  const manifest = parseManifest(stored);
  if (manifest.kind === "index") return platformDigests(manifest);
  return { [await configPlatform(registry, reference, manifest, options)]: stored.descriptor.digest };
}

async function configPlatform(
  registry: RegistryAdapter,
  reference: DigestReference,
  manifest: ImageManifest,
  options: CallOptions,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of registry.fetchBlob(digestReference(reference, manifest.config.digest), options)) {
    size += chunk.length;
    if (size > maxConfigBytes) throw invalidConfig(reference, `it is larger than ${maxConfigBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return platformOfConfig(bytes, reference);
}

function platformOfConfig(bytes: Uint8Array, reference: DigestReference): string {
  let config: unknown;
  try {
    config = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalidConfig(reference, "it is not JSON", cause);
  }
  const { os, architecture, variant } = (typeof config === "object" && config !== null ? config : {}) as Record<
    string,
    unknown
  >;
  if (typeof os !== "string" || typeof architecture !== "string") {
    throw invalidConfig(reference, "it names no os and architecture");
  }
  const parts = [os, architecture, ...(typeof variant === "string" && variant !== "" ? [variant] : [])];
  try {
    return formatPlatform(parsePlatform(parts.join("/")));
  } catch (cause) {
    throw invalidConfig(reference, "its os and architecture are no platform", cause);
  }
}

function invalidConfig(reference: DigestReference, why: string, cause?: unknown): BayplanError {
  return new BayplanError("RESPONSE_INVALID", `The config of ${formatReference(reference)} cannot be read: ${why}.`, {
    cause,
  });
}
