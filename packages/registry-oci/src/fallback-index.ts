import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Digest,
  type DigestReference,
  digestOf,
  digestReference,
  formatReference,
  instantToMs,
  isBayplanError,
  isDigest,
  mediaTypes,
  type StoredBytes,
  type TagReference,
  tagReference,
} from "@bayplan/core";
import { createInTurn, type HttpResponse } from "@bayplan/runtime";
import { type IndexEntry, readIndexEntries, writeIndex } from "./index-entries.ts";
import { ociErrorCodes } from "./oci-errors.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import { fallbackTag } from "./referrers.ts";
import type { RegistryClient } from "./registry-client.ts";
import { isStored, lookAtTag, putBytes, refusedTag } from "./write-tag.ts";

/** The entries under the fallback tag of a subject as an edit leaves them; the same array for "nothing to do". */
type Edit = (entries: readonly IndexEntry[]) => readonly IndexEntry[];

/** Changes the indexes in which clients keep the referrers of a registry that does not. */
export interface FallbackIndex {
  /**
   * Changes the index under the fallback tag of the subject, and waits until it is likely to stay. The edit is repeated
   * on what others wrote in between, so it must give the same array for entries that are as it wants them.
   *
   * @throws BayplanError `CONFLICT` when the tag shows something else than an index of referrers, `UNSUPPORTED` for an
   * index of more than 4 MiB or 10,000 entries, `TAG_MOVED` when others never stop to write the tag, and whatever the
   * registry refuses. An index that was there is as it was then, or as others left it.
   */
  change(subject: DigestReference, edit: Edit, options: CallOptions): Promise<void>;
}

interface Settings {
  readonly clock: Clock;
}

// What registries must take, and what core reads of an index.
const maxIndexBytes = 4 * 1024 * 1024;
const maxEntries = 10_000;
const maxRounds = 24;
// As many attempts as the HTTP client makes for what it may repeat.
const maxFailures = 6;
const minSettleMs = 250;
const maxSettleMs = 10_000;
const maxPauseMs = 60_000;

/**
 * Read, change, write, wait, look again. Registries do not compare and swap, so a writer that read before this one wrote
 * may overwrite it without either of them seeing it. It does so soon, though: reading and writing take only so long. So
 * each looks again after four times what its own took, at least 250 ms and at most 10 s (twice as long by chance), and
 * puts its change upon what it finds. Lost is only what was overwritten later than that, by a write that was under way
 * for so long. Inside one adapter the writers of one tag take turns.
 */
export function createFallbackIndex(client: RegistryClient, { clock }: Settings): FallbackIndex {
  const inTurn = createInTurn();
  const nowMs = (): number => instantToMs(clock.now());

  /** One round: the digest that was written, or why none was. */
  async function write(name: TagReference, edit: Edit, call: CallOptions): Promise<Round> {
    const stored = await fetchManifest(client, name, call);
    const index = stored === undefined ? undefined : entriesOf(stored, name);
    const before = index?.entries ?? [];
    const after = edit(before);
    if (after === before) return { state: "as-wanted" };
    const bytes = index?.with(after) ?? writeIndex(mediaTypes.ociIndex, after);
    // One that is too large already may still become smaller.
    if (after.length > before.length) checkSize(name, { bytes, count: after.length });
    const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
    const startedMs = nowMs();
    // Once more, because a copy that is behind may have answered the first time: that would undo what came after it.
    const shown = await lookAtTag(client, name, call);
    if (shown !== stored?.descriptor.digest) return { state: "moved", tookMs: nowMs() - startedMs };
    const refusal = await tryPut(client, { name, manifest: { descriptor, bytes } }, call);
    const tookMs = nowMs() - startedMs;
    if (refusal !== undefined) return { state: "refused", refusal, shown, tookMs, entries: before };
    return { state: "written", digest: descriptor.digest, tookMs };
  }

  return {
    async change(subject, edit, options) {
      const name = tagReference(subject, fallbackTag(subject.digest));
      const gone = new Set<string>();
      const wanted: Edit = (entries) => {
        const edited = edit(entries);
        return edited === entries ? entries : edited.filter(({ digest }) => digest === undefined || !gone.has(digest));
      };
      let failures = 0;
      for (let round = 1; round <= maxRounds; round += 1) {
        const result = await inTurn(formatReference(name), () => write(name, wanted, options), options);
        if (result.state === "as-wanted") return;
        let pauseMs = Math.min(Math.max(minSettleMs, 4 * result.tookMs), maxSettleMs);
        if (result.state === "refused") {
          const missing = await missingEntries(client, { subject, result }, options);
          for (const digest of missing) gone.add(digest);
          if (missing.length > 0) continue;
          failures += 1;
          const verdict = judge(name, result);
          if (!verdict.mayRepeat || failures >= maxFailures) throw verdict.error;
          pauseMs = Math.max(pauseMs, verdict.error.retryAfterMs ?? 0);
          if (pauseMs > maxPauseMs) throw verdict.error;
        }
        // Up to twice as long: who was overwritten together must not write together again.
        await clock.sleep(pauseMs * (1 + Math.random()), options);
        if (result.state === "written" && (await lookAtTag(client, name, options)) === result.digest) return;
      }
      throw new BayplanError(
        "TAG_MOVED",
        `Writing ${formatReference(name)} failed: others wrote it each time in between. Try again when they are done.`,
      );
    },
  };
}

type Round =
  | { readonly state: "as-wanted" }
  | { readonly state: "moved"; readonly tookMs: number }
  | { readonly state: "written"; readonly digest: Digest; readonly tookMs: number }
  | Refused;

interface Refused {
  readonly state: "refused";
  readonly refusal: HttpResponse | BayplanError;
  /** What the tag showed before. */
  readonly shown: Digest | undefined;
  readonly tookMs: number;
  /** Those that were there before. */
  readonly entries: readonly IndexEntry[];
}

function entriesOf(shown: StoredBytes, name: TagReference) {
  const { mediaType } = shown.descriptor;
  // GitLab reads the name of the tag as the digest: what it shows is the subject, whose children are no referrers.
  const isSubject = fallbackTag(shown.descriptor.digest) === name.tag;
  const index = mediaType === mediaTypes.ociIndex && !isSubject ? readIndexEntries(shown.bytes) : undefined;
  if (index !== undefined) return index;
  throw new BayplanError(
    "CONFLICT",
    `${formatReference(name)} is where referrers are listed, but it shows something else (${mediaType.slice(0, 80)}), which is not overwritten. Give that another tag and remove this one.`,
  );
}

function checkSize(name: TagReference, index: { readonly bytes: Uint8Array; readonly count: number }): void {
  if (index.bytes.byteLength <= maxIndexBytes && index.count <= maxEntries) return;
  throw new BayplanError(
    "UNSUPPORTED",
    `The index under ${formatReference(name)} would have ${index.bytes.byteLength} bytes and ${index.count} entries, and at most ${maxIndexBytes} and ${maxEntries} are written. Delete referrers that are not needed any more, or use a registry with the referrers API.`,
  );
}

async function tryPut(
  client: RegistryClient,
  upload: { readonly name: TagReference; readonly manifest: StoredBytes },
  call: CallOptions,
): Promise<HttpResponse | BayplanError | undefined> {
  const { name, manifest } = upload;
  try {
    // Never repeated below: what waited for a second attempt would overwrite what others wrote meanwhile.
    const response = await putBytes(client, { repository: name, manifest, name: name.tag, retry: "never" }, call);
    return isStored(response) ? undefined : response;
  } catch (error) {
    if (isBayplanError(error) && error.code !== "CANCELLED") return error;
    throw error;
  }
}

/**
 * The entries that the registry misses, after looking. Some registries store no index that names what is not there, so
 * one referrer that somebody deleted without its entry would keep all others out for ever.
 */
async function missingEntries(
  client: RegistryClient,
  refused: { readonly subject: DigestReference; readonly result: Refused },
  call: CallOptions,
): Promise<readonly string[]> {
  const { refusal, entries } = refused.result;
  if (isBayplanError(refusal)) return [];
  const codes = ociErrorCodes(refusal.body) ?? [];
  if (!codes.some((code) => /^(?:MANIFEST|BLOB|MANIFEST_BLOB)_UNKNOWN$/.test(code))) return [];
  const said = new TextDecoder().decode(refusal.body);
  const missing: string[] = [];
  for (const digest of new Set(entries.map((entry) => entry.digest))) {
    if (digest === undefined || !isDigest(digest) || !said.includes(digest)) continue;
    const name = digestReference(refused.subject, digest);
    const { state } = await resolveReference(client, name, { ...call, denied: "error" });
    if (state === "absent") missing.push(digest);
  }
  return missing;
}

/** What to do about a write that was refused or lost. */
function judge(name: TagReference, result: Refused): { readonly error: BayplanError; readonly mayRepeat: boolean } {
  const { refusal, shown } = result;
  if (isBayplanError(refusal)) {
    return { error: refusal, mayRepeat: ["UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"].includes(refusal.code) };
  }
  const error = refusedTag(refusal, { doing: `Writing ${formatReference(name)}`, after: shown });
  return { error, mayRepeat: ["UNAVAILABLE", "RATE_LIMITED", "CONFLICT"].includes(error.code) };
}
