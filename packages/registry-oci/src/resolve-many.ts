import {
  BayplanError,
  type CallOptions,
  formatReference,
  isBayplanError,
  type Reference,
  type Resolution,
  throwIfCancelled,
  type Unresolved,
} from "@bayplan/core";
import { untilCancelled } from "@bayplan/runtime";
import { type Crowd, createCrowd } from "./crowd.ts";
import { deferred } from "./deferred.ts";
import { resolveReference } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";

/** What many references are resolved with. */
export interface ResolveManyOptions extends CallOptions {
  readonly hosts: readonly string[];
  readonly apiHost: (registry: string) => string;
  readonly denied: "error" | "denied-or-absent";
  /** A client whose sessions know of these crowds, by API host. */
  readonly clientWithin: (crowdOf: (apiHost: string) => Crowd | undefined) => RegistryClient;
}

/** The references of one API host: a host that is slow holds up no other one. */
interface Lane {
  readonly waiting: IterableIterator<Reference>;
  readonly crowd: ReturnType<typeof createCrowd>;
  active: number;
}

type Answer = readonly [Reference, Resolution | Unresolved];

// As many as the HTTP client ever sends to one host at once; how many it does send follows from how the host bears it.
const inFlight = 64;

/**
 * What many references point at, each as soon as it is known. Repositories behind bearer tokens share them. Not more
 * than 64 answers per host are fetched ahead of the consumer; when it stops, so does everything in flight.
 */
export async function* resolveMany(
  references: readonly Reference[],
  options: ResolveManyOptions,
): AsyncGenerator<Answer> {
  throwIfCancelled(options.signal);
  const wanted = [...new Map(references.map((reference) => [formatReference(reference), reference])).values()];
  refuseForeign(wanted, options.hosts);
  const lanes = new Map<string, Lane>();
  const client = options.clientWithin((apiHost) => lanes.get(apiHost)?.crowd);
  const calls = new Set<AbortController>();
  const ready: Answer[] = [];
  let failure: { readonly error: unknown } | undefined;
  let change = deferred<void>();
  // An answer that is just being looked at may still want to make room for the next question.
  let hasStopped = false;

  async function ask(reference: Reference, lane: Lane): Promise<void> {
    // One for each: a signal with more than ten listeners is taken for a leak.
    const call = new AbortController();
    calls.add(call);
    lane.active += 1;
    try {
      const { signal } = call;
      ready.push([reference, await resolveReference(client, reference, { denied: options.denied, signal })]);
    } catch (error) {
      if (isBayplanError(error) && error.code !== "CANCELLED") ready.push([reference, { state: "unknown", error }]);
      else failure ??= { error };
    }
    calls.delete(call);
    lane.active -= 1;
    lane.crowd.answered(reference.repository);
    change.resolve();
  }

  function start(): void {
    for (const lane of lanes.values()) {
      while (!hasStopped && lane.active + ready.length < inFlight) {
        const next = lane.waiting.next();
        if (next.done === true) break;
        void ask(next.value, lane);
      }
    }
  }

  for (const [host, own] of byHost(wanted, options.apiHost)) {
    const lane: Lane = {
      waiting: own.values(),
      active: 0,
      crowd: createCrowd({
        requests: countByRepository(own),
        onWait: () => {
          lane.active -= 1;
          start();
        },
        onGoOn: () => {
          lane.active += 1;
        },
      }),
    };
    lanes.set(host, lane);
  }
  const stop = (): void => {
    hasStopped = true;
    for (const call of calls) call.abort(options.signal?.reason);
  };
  // At once, and not only when the consumer asks for the next answer.
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    for (let left = wanted.length; left > 0; left -= 1) {
      start();
      while (ready.length === 0 && failure === undefined) {
        await untilCancelled(change.promise, options);
        change = deferred();
      }
      throwIfCancelled(options.signal);
      if (failure !== undefined) throw failure.error;
      yield ready.shift() as Answer;
    }
  } finally {
    options.signal?.removeEventListener("abort", stop);
    stop();
  }
}

function refuseForeign(references: readonly Reference[], hosts: readonly string[]): void {
  const foreign = references.find(({ registry }) => !hosts.includes(registry));
  if (foreign === undefined) return;
  throw new BayplanError(
    "NOT_ALLOWED",
    `This adapter answers for ${hosts.join(", ")}, not for ${foreign.registry}. Use another adapter, or add the host.`,
  );
}

function byHost(references: readonly Reference[], apiHost: (registry: string) => string): Map<string, Reference[]> {
  const lists = new Map<string, Reference[]>();
  for (const reference of references) {
    const host = apiHost(reference.registry);
    const list = lists.get(host);
    if (list === undefined) lists.set(host, [reference]);
    else list.push(reference);
  }
  return lists;
}

function countByRepository(references: readonly Reference[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { repository } of references) counts.set(repository, (counts.get(repository) ?? 0) + 1);
  return counts;
}
