import {
  BayplanError,
  type CallOptions,
  type Digest,
  type DigestReference,
  type Expected,
  formatReference,
  parseTag,
  type StoredBytes,
  type TagReceipt,
  tagReference,
} from "@bayplan/core";
import type { TagOrder } from "@bayplan/registry-oci";
import { type BatchAnswer, batchGet, batchSize } from "./batch-get.ts";
import type { EcrApi } from "./ecr-api.ts";
import { putImage } from "./put-image.ts";

const maxWrites = 3;

/**
 * Writes tags on one manifest by PutImage: look at all of them and at the manifest (one request), write those that are
 * not there yet in the order given, look at all again. PutImage rather than a push: the registry itself checks the bytes
 * against the digest, and says in so many words that a tag is immutable or already right. Neither of the two compares
 * and swaps, so a move in the moment of writing is noticed only afterwards.
 *
 * @throws BayplanError `TAG_MOVED` when something else than expected is found (before: nothing was written),
 * `TAG_IMMUTABLE`, `NOT_FOUND` without the manifest, or what the requests fail with.
 */
export async function tagImages(
  api: EcrApi,
  order: { readonly target: DigestReference; readonly tags: readonly TagOrder[] },
  call: CallOptions,
): Promise<readonly TagReceipt[]> {
  const { target } = order;
  const wanted = order.tags.map(({ tag, expected }) => ({ tag: parseTag(tag), expected }));
  const doingOf = (tag: string): string => `Tagging ${formatReference(tagReference(target, tag))}`;
  const look = (targets: readonly string[]) => lookAt(api, { target, targets }, call);

  const before = await look([target.digest, ...wanted.map(({ tag }) => tag)]);
  for (const { tag, expected } of wanted) {
    const shown = digestOf(before.get(tag));
    const isAsExpected = shown === ("digest" in expected ? expected.digest : undefined);
    if (shown !== target.digest && !isAsExpected) throw moved(doingOf(tag), shown, "before");
  }
  const pending = wanted.filter(({ tag }) => digestOf(before.get(tag)) !== target.digest);
  const manifest = manifestOf(before.get(target.digest));
  if (pending.length > 0 && manifest === undefined) {
    const message = `${doingOf(pending[0]?.tag ?? "")} failed: ${formatReference(target)} does not exist.`;
    throw new BayplanError("NOT_FOUND", message);
  }
  const written = new Set<string>();
  for (const { tag } of pending) {
    if (manifest === undefined) break;
    const shown = digestOf(before.get(tag));
    if (await writeOne(api, { target, tag, manifest, before: shown, doing: doingOf(tag) }, call)) written.add(tag);
  }
  const after = pending.length === 0 ? before : await look(pending.map(({ tag }) => tag));
  return wanted.map(({ tag }) => {
    const was = digestOf(before.get(tag));
    const shown = was === target.digest ? was : digestOf(after.get(tag));
    if (shown !== target.digest) throw moved(doingOf(tag), shown, "after");
    const previous: Expected = was === undefined ? { absent: true } : { digest: was };
    return { guarantee: "checked", previous, changed: written.has(tag) };
  });
}

/** Writes one tag. `false` when somebody else had just written the same. */
async function writeOne(
  api: EcrApi,
  write: {
    readonly target: DigestReference;
    readonly tag: string;
    readonly manifest: StoredBytes;
    readonly before: Digest | undefined;
    readonly doing: string;
  },
  call: CallOptions,
): Promise<boolean> {
  const { target, tag, manifest, before, doing } = write;
  for (let writes = 1; ; writes += 1) {
    const outcome = await putImage(api, { repository: target, manifest, tag, doing }, call);
    if (outcome.state === "written") return true;
    const shown = digestOf((await lookAt(api, { target, targets: [tag] }, call)).get(tag));
    if (shown === target.digest) return outcome.state === "lost";
    if (shown !== before) throw moved(doing, shown, "after");
    if (outcome.state === "immutable") {
      const message = `${doing} was refused: the tag is immutable and shows ${shown ?? "nothing"}. Choose another tag.`;
      throw new BayplanError("TAG_IMMUTABLE", message, { status: 400 });
    }
    // A write that was lost on the way is repeated only while the tag still shows what it showed before it.
    if (outcome.state === "lost" && writes < maxWrites) continue;
    throw outcome.state === "lost" ? outcome.error : moved(doing, shown, "after");
  }
}

/** What tags and digests show, all of it known; whatever is unknown throws. */
async function lookAt(
  api: EcrApi,
  { target, targets }: { readonly target: DigestReference; readonly targets: readonly string[] },
  call: CallOptions,
): Promise<ReadonlyMap<string, BatchAnswer>> {
  const answers = new Map<string, BatchAnswer>();
  for (let from = 0; from < targets.length; from += batchSize) {
    const part = { repository: target, targets: targets.slice(from, from + batchSize) };
    for (const [name, answer] of await batchGet(api, part, call)) {
      if (answer.state === "unknown") throw answer.error;
      answers.set(name, answer);
    }
  }
  return answers;
}

function manifestOf(answer: BatchAnswer | undefined): StoredBytes | undefined {
  return answer?.state === "present" ? answer.manifest : undefined;
}

function digestOf(answer: BatchAnswer | undefined): Digest | undefined {
  return manifestOf(answer)?.descriptor.digest;
}

function moved(doing: string, found: Digest | undefined, when: "before" | "after"): BayplanError {
  const shows = found === undefined ? "it does not exist" : `it shows ${found}`;
  const what = when === "before" ? "Nothing was written" : "Someone else wrote it at the same time";
  return new BayplanError("TAG_MOVED", `${doing} failed: ${shows}, which was not expected. ${what}; plan again.`);
}
