import { BayplanError, isBayplanError } from "../errors.ts";
import type { Descriptor, StoredBytes } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageIndex, type ImageManifest, parseManifest } from "../oci/manifest.ts";
import {
  digestReference,
  formatReference,
  formatRepository,
  type Reference,
  type RepositoryName,
} from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { Expected, RegistryAdapter, TagReceipt } from "../ports/registry.ts";
import { copyBlob } from "./copy-blob.ts";
import type { CopyProgress } from "./copy-progress.ts";

/** What is copied. */
export interface CopySource {
  readonly registry: RegistryAdapter;
  readonly reference: Reference;
}

/** Where it is copied to. */
export interface CopyTarget {
  readonly registry: RegistryAdapter;
  readonly repository: RepositoryName;
  /** Written last, if it shows what is expected. Default none: the copy is found by its digest. */
  readonly tag?: { readonly name: string; readonly expected: Expected };
}

/** How an image is copied. */
export interface CopyOptions extends CallOptions {
  /** Blobs in flight at once. Default 4. */
  readonly concurrency?: number;
  /** Whether signatures, SBOMs and whatever else refers to the image come along. Default true. */
  readonly referrers?: boolean;
  /** Called for each manifest and blob, when it is there. What it throws is ignored. */
  readonly onProgress?: (event: CopyProgress) => void;
}

/** What was copied. */
export interface CopyReceipt {
  readonly digest: Digest;
  /** Everything that is at the target now, once each. */
  readonly events: readonly CopyProgress[];
  /** Referrers that the source lists and does not have: fallback lists outlive what other clients deleted. */
  readonly missingReferrers: readonly Digest[];
  /** How the tag was written, if one was asked for. */
  readonly tag?: TagReceipt;
}

interface Copy {
  readonly from: RegistryAdapter;
  readonly source: RepositoryName;
  readonly to: RegistryAdapter;
  readonly target: RepositoryName;
  readonly concurrency: number;
  /** One flight per digest, so that what two images share is copied once: blobs and manifests apart. */
  readonly blobs: Map<Digest, Promise<void>>;
  readonly manifests: Map<Digest, Promise<void>>;
  /** What is being copied now: one inside the other, because only blobs are copied side by side. */
  readonly underWay: Set<Digest>;
  /** Those that were put at the target here, and so are listed there if they refer to something. */
  readonly put: Set<Digest>;
  readonly missing: Set<Digest>;
  readonly run: <Result>(call: (options: CallOptions) => Promise<Result>) => Promise<Result>;
  readonly report: (event: CopyProgress) => void;
}

/**
 * Copies an image with everything it consists of, byte for byte: blobs before the manifest that names them, manifests
 * before their index, the tag last. Within one registry blobs are mounted where it can, otherwise streamed. What the
 * target has is not sent again; if it turns out to lack part of it after all, that part is sent. Idempotent.
 *
 * @throws BayplanError `NOT_FOUND` when the source is not there; `TAG_MOVED` when the target's tag shows something else
 * than expected; `RESPONSE_INVALID` for an index that contains itself and for referrers of referrers without end;
 * `DIGEST_MISMATCH`, and whatever the registries throw. Nothing is tagged then.
 */
export async function copyImage(from: CopySource, to: CopyTarget, options: CopyOptions = {}): Promise<CopyReceipt> {
  const fan = fanOutSignal(options.signal);
  const events: CopyProgress[] = [];
  const copy: Copy = {
    from: from.registry,
    source: { registry: from.reference.registry, repository: from.reference.repository },
    to: to.registry,
    target: to.repository,
    concurrency: options.concurrency ?? 4,
    blobs: new Map(),
    manifests: new Map(),
    underWay: new Set(),
    put: new Set(),
    missing: new Set(),
    run: fan.run,
    report: (event) => {
      events.push(event);
      tell(event, options);
    },
  };
  try {
    const root = await copy.run((call) => copy.from.fetchManifest(from.reference, call));
    if (root === undefined) throw absent(formatReference(from.reference));
    const { digest } = root.descriptor;
    await copyManifest(copy, digest, root);
    const { subject } = parseManifest(root);
    if (subject !== undefined) await listAtTarget(copy, subject.digest, [digest]);
    if (options.referrers !== false) await copyReferrers(copy);
    const done = { digest, events, missingReferrers: [...copy.missing] };
    if (to.tag === undefined) return done;
    const { name, expected } = to.tag;
    const receipt = await copy.run((call) => copy.to.tag(digestReference(to.repository, digest), name, expected, call));
    return { ...done, tag: receipt };
  } finally {
    fan.close();
  }
}

function copyManifest(copy: Copy, digest: Digest, known?: StoredBytes): Promise<void> {
  // To wait for it would be to wait for oneself.
  if (copy.underWay.has(digest)) throw endless(`the index ${digest} contains itself`);
  const running = copy.manifests.get(digest);
  if (running !== undefined) return running;
  copy.underWay.add(digest);
  const flight = copyOnce(copy, digest, known).finally(() => copy.underWay.delete(digest));
  copy.manifests.set(digest, flight);
  return flight;
}

async function copyOnce(copy: Copy, digest: Digest, known?: StoredBytes): Promise<void> {
  const found = await copy.run((call) => copy.to.resolve(digestReference(copy.target, digest), call));
  if (found.state !== "present") return send(copy, known ?? (await fetchManifest(copy, digest)));
  copy.report({ kind: "manifest-present", digest, size: found.descriptor.size });
  // What refers to the parts of an image that is there already has to be found, too.
  const manifest = known === undefined ? undefined : parseManifest(known);
  if (manifest?.kind === "index") await sendParts(copy, manifest, false);
}

async function send(copy: Copy, stored: StoredBytes): Promise<void> {
  const manifest = parseManifest(stored);
  await sendParts(copy, manifest, false);
  try {
    await copy.run((call) => copy.to.putManifest(copy.target, stored, call));
  } catch (error) {
    // The registry said that it has a part, and then that it does not: everything is sent, once.
    if (!isBayplanError(error) || !["NOT_FOUND", "RESPONSE_INVALID"].includes(error.code)) throw error;
    await sendParts(copy, manifest, true);
    await copy.run((call) => copy.to.putManifest(copy.target, stored, call));
  }
  copy.put.add(stored.descriptor.digest);
  copy.report({ kind: "manifest-copied", digest: stored.descriptor.digest, size: stored.descriptor.size });
}

async function sendParts(copy: Copy, manifest: ImageIndex | ImageManifest, isRepeated: boolean): Promise<void> {
  if (manifest.kind === "index") {
    for (const { digest } of manifest.manifests) {
      if (isRepeated) await send(copy, await fetchManifest(copy, digest));
      else await copyManifest(copy, digest);
    }
    return;
  }
  const blobs = [manifest.config, ...manifest.layers].filter((blob) => !isForeign(blob));
  await mapConcurrently(blobs, copy.concurrency, (blob) => sendBlob(copy, blob, isRepeated));
}

function sendBlob(copy: Copy, blob: Descriptor, isRepeated: boolean): Promise<void> {
  const running = isRepeated ? undefined : copy.blobs.get(blob.digest);
  if (running !== undefined) return running;
  const flight = copy.run(async (call) => copy.report(await copyBlob(copy, blob, { ...call, mayMount: !isRepeated })));
  copy.blobs.set(blob.digest, flight);
  return flight;
}

/** Layers that may not be distributed stay where they are; their manifest names where to get them. */
function isForeign(blob: Descriptor): boolean {
  return /\.(nondistributable|foreign)\./.test(blob.mediaType);
}

// The signature of an SBOM of an image is the second.
const maxReferrerLevels = 10;

/**
 * After the image itself, because what refers to a manifest may contain it. Referrers of referrers come along, and
 * theirs, but not without end.
 */
async function copyReferrers(copy: Copy): Promise<void> {
  for (let level = 0, asked = 0; asked < copy.manifests.size; level += 1) {
    const subjects = [...copy.manifests.keys()].slice(asked);
    if (level > maxReferrerLevels) throw endless(`the referrers of ${formatRepository(copy.source)} do not end`);
    await copyReferrersOf(copy, subjects);
    asked += subjects.length;
  }
}

async function copyReferrersOf(copy: Copy, subjects: readonly Digest[]): Promise<void> {
  const { referrers } = copy.from;
  if (referrers === undefined) return;
  for (const subject of subjects) {
    const digests = await copy.run(async (call) => {
      const found: Digest[] = [];
      for await (const { digest } of referrers.list(digestReference(copy.source, subject), call)) found.push(digest);
      return found;
    });
    for (const digest of digests) await copyReferrer(copy, digest);
    await listAtTarget(
      copy,
      subject,
      digests.filter((digest) => !copy.missing.has(digest)),
    );
  }
}

async function copyReferrer(copy: Copy, digest: Digest): Promise<void> {
  if (copy.manifests.has(digest) || copy.missing.has(digest)) return;
  const stored = await copy.run((call) => copy.from.fetchManifest(digestReference(copy.source, digest), call));
  if (stored === undefined) copy.missing.add(digest);
  else await copyManifest(copy, digest, stored);
}

/**
 * Where the target keeps no list of referrers by itself, putting one lists it, and that may have failed the last time.
 * So those that were there already and are not listed are put again, which sends no blob.
 */
async function listAtTarget(copy: Copy, subject: Digest, digests: readonly Digest[]): Promise<void> {
  const doubtful = new Set(digests.filter((digest) => !copy.put.has(digest)));
  if (doubtful.size === 0) return;
  const { referrers } = copy.to;
  if (referrers === undefined) return;
  await copy.run(async (call) => {
    for await (const { digest } of referrers.list(digestReference(copy.target, subject), call)) doubtful.delete(digest);
  });
  for (const digest of doubtful) {
    const stored = await fetchManifest(copy, digest);
    await copy.run((call) => copy.to.putManifest(copy.target, stored, call));
    copy.put.add(digest);
  }
}

async function fetchManifest(copy: Copy, digest: Digest): Promise<StoredBytes> {
  const stored = await copy.run((call) => copy.from.fetchManifest(digestReference(copy.source, digest), call));
  if (stored === undefined) throw absent(`${formatRepository(copy.source)}@${digest}`);
  return stored;
}

function endless(why: string): BayplanError {
  return new BayplanError("RESPONSE_INVALID", `The copy was given up: ${why}. Ask the registry's operator.`);
}

function absent(what: string): BayplanError {
  return new BayplanError("NOT_FOUND", `${what} does not exist, so it cannot be copied.`);
}

function tell(event: CopyProgress, options: CopyOptions): void {
  try {
    options.onProgress?.(event);
  } catch {
    // A broken display must not stop a copy.
  }
}
