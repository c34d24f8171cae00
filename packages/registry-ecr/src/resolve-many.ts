import {
  BayplanError,
  type CallOptions,
  formatReference,
  isBayplanError,
  type Reference,
  type RepositoryName,
  type Resolution,
  referenceTarget,
  throwIfCancelled,
  type Unresolved,
} from "@bayplan/core";
import { untilCancelled } from "@bayplan/runtime";
import { type BatchAnswer, batchGet, batchSize } from "./batch-get.ts";
import type { EcrApi } from "./ecr-api.ts";

type Answer = readonly [Reference, Resolution | Unresolved];

interface Batch {
  readonly repository: RepositoryName;
  readonly references: readonly Reference[];
}

// Manifests come along with the answers: so many times 100 of them at most are held in memory.
const inFlight = 8;

/**
 * What many references point at, by one BatchGetImage per repository and 100 references. Eight requests are in flight;
 * none is begun for a consumer that has stopped.
 */
export async function* resolveMany(
  api: EcrApi,
  references: readonly Reference[],
  options: CallOptions & { readonly hosts: readonly string[] },
): AsyncGenerator<Answer> {
  throwIfCancelled(options.signal);
  const wanted = [...new Map(references.map((reference) => [formatReference(reference), reference])).values()];
  // All of them before anything is asked.
  for (const { registry } of wanted) api.regionKey(registry);
  const stop = new AbortController();
  const cancel = (): void => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", cancel, { once: true });
  const waiting = batchesOf(wanted).values();
  const active = new Map<number, Promise<readonly [number, readonly Answer[]]>>();
  try {
    for (let next = 0; ; next += 1) {
      const batch = active.size < inFlight ? waiting.next() : undefined;
      if (batch?.done === false) {
        const one = ask(api, batch.value, { signal: stop.signal }).then((answers) => [next, answers] as const);
        // Whoever stops iterating leaves them behind, and nobody waits for their failure.
        one.catch(() => {});
        active.set(next, one);
        continue;
      }
      if (active.size === 0) return;
      const [done, answers] = await untilCancelled(Promise.race(active.values()), options);
      active.delete(done);
      for (const answer of answers) {
        throwIfCancelled(options.signal);
        yield answer;
      }
    }
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    stop.abort();
  }
}

async function ask(api: EcrApi, { repository, references }: Batch, call: CallOptions): Promise<readonly Answer[]> {
  try {
    const targets = references.map(referenceTarget);
    const answers = await batchGet(api, { repository, targets }, call);
    return references.map((reference) => [reference, resolutionOf(answers.get(referenceTarget(reference)))]);
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    return references.map((reference) => [reference, { state: "unknown", error }]);
  }
}

function resolutionOf(answer: BatchAnswer | undefined): Resolution | Unresolved {
  if (answer?.state === "present") return { state: "present", descriptor: answer.manifest.descriptor };
  if (answer !== undefined) return answer;
  return { state: "unknown", error: new BayplanError("RESPONSE_INVALID", "Amazon ECR gave no answer.") };
}

function batchesOf(references: readonly Reference[]): readonly Batch[] {
  const lists = new Map<string, Reference[]>();
  for (const reference of references) {
    const key = `${reference.registry}/${reference.repository}`;
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [reference]);
    else list.push(reference);
  }
  return [...lists.values()].flatMap((list) =>
    Array.from({ length: Math.ceil(list.length / batchSize) }, (_, index) => {
      const part = list.slice(index * batchSize, (index + 1) * batchSize);
      const { registry = "", repository = "" } = part[0] ?? {};
      return { repository: { registry, repository }, references: part };
    }),
  );
}
