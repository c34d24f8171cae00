import {
  BayplanError,
  type Descriptor,
  type Digest,
  digestOf,
  formatPlatform,
  type ImageManifest,
  manifestMediaTypes,
  matchesDigest,
  parseManifest,
  parseReference,
  referenceTarget,
  type StoredBytes,
} from "@bayplan/core";
import type { ImageConfigDocument } from "./image-config.ts";
import { expectStatus, openRegistrySession, type RegistryAccess, type RegistrySession } from "./registry-session.ts";

/** Which base to pull. */
export interface PullBaseOptions extends RegistryAccess {
  /** With or without a registry host, by tag or digest. `origin` decides where it is pulled from, not the host. */
  readonly reference: string;
}

/** One platform of a base. */
export interface PulledPlatform {
  readonly digest: Digest;
  readonly config: ImageConfigDocument;
  readonly layers: readonly StoredBytes[];
}

/** A base with all its content, to build on. */
export interface PulledBase {
  readonly reference: string;
  /** Of what the reference named: the index, or the only manifest. */
  readonly digest: Digest;
  readonly platforms: Readonly<Record<string, PulledPlatform>>;
}

/**
 * Pulls every platform of an image, verified by digest. Attestations (`unknown/unknown`) are left out.
 *
 * @throws BayplanError `INVALID_REFERENCE`, `NOT_FOUND`, `UNAUTHORIZED`, `UNAVAILABLE`, `DIGEST_MISMATCH`.
 */
export async function pullBase(options: PullBaseOptions): Promise<PulledBase> {
  const session = openRegistrySession(options);
  const reference = parseLocal(options.reference);
  const { repository } = reference;
  const root = await pullManifest(session, repository, referenceTarget(reference));
  const parsed = parseManifest(root);
  const platforms: Record<string, PulledPlatform> = {};
  const manifests = parsed.kind === "image" ? [root] : await pullChildren(session, repository, parsed.manifests);
  for (const stored of manifests) {
    const pulled = await pullPlatform(session, repository, stored);
    platforms[formatPlatform(pulled.config)] = pulled;
  }
  return { reference: options.reference, digest: root.descriptor.digest, platforms };
}

// Without a host the reference is a path at `origin`, not one on Docker Hub.
function parseLocal(text: string): ReturnType<typeof parseReference> {
  const parsed = parseReference(text);
  return parsed.registry === "docker.io" && !text.includes("docker.io/") ? parseReference(`localhost/${text}`) : parsed;
}

async function pullChildren(
  session: RegistrySession,
  repository: string,
  children: readonly Descriptor[],
): Promise<readonly StoredBytes[]> {
  const runnable = children.filter((child) => child.platform?.os !== "unknown");
  return Promise.all(runnable.map((child) => pullManifest(session, repository, child.digest)));
}

async function pullPlatform(
  session: RegistrySession,
  repository: string,
  stored: StoredBytes,
): Promise<PulledPlatform> {
  const manifest = parseManifest(stored) as ImageManifest;
  const config = await pullBlob(session, repository, manifest.config);
  const layers: StoredBytes[] = [];
  for (const layer of manifest.layers) layers.push(await pullBlob(session, repository, layer));
  return { digest: stored.descriptor.digest, config: JSON.parse(new TextDecoder().decode(config.bytes)), layers };
}

async function pullManifest(session: RegistrySession, repository: string, target: string): Promise<StoredBytes> {
  const headers = { accept: manifestMediaTypes.join(", ") };
  const response = await expectStatus(await session(`/v2/${repository}/manifests/${target}`, { headers }), 200);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = digestOf(bytes);
  if (target.includes(":") && target !== digest) throw mismatch(target);
  return { descriptor: { mediaType: response.headers.get("content-type") ?? "", digest, size: bytes.length }, bytes };
}

async function pullBlob(session: RegistrySession, repository: string, descriptor: Descriptor): Promise<StoredBytes> {
  const response = await expectStatus(await session(`/v2/${repository}/blobs/${descriptor.digest}`), 200);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!matchesDigest(bytes, descriptor.digest)) throw mismatch(descriptor.digest);
  return { descriptor, bytes };
}

function mismatch(wanted: string): BayplanError {
  return new BayplanError("DIGEST_MISMATCH", `The registry gave other bytes than ${wanted}. Push the image again.`);
}
