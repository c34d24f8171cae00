import { isBayplanError } from "@bayplan/core";
import { createBayplanClient } from "./bayplan-client.ts";
import { createNaiveClient, type MatrixClient } from "./naive-client.ts";
import { type Bench, type BenchOptions, benchCredentials, openBench } from "./open-bench.ts";

/**
 * How an operation ended: `right`; `wrong` (an answer that is not true); `absent` (what is there was called missing);
 * `throws` (an error without a code to act on); `endless` (requests without end); `hangs`; or the code of a BayplanError.
 */
export type Outcome = "right" | "wrong" | "absent" | "throws" | "endless" | "hangs" | (string & {});

/** One fault of the matrix: what happens, what is done, and how it ends with plain `fetch` and with Bayplan. */
export interface FaultCase {
  /** Also its name in `docs/reliability.md`. */
  readonly name: string;
  readonly bench?: BenchOptions;
  /** Makes the fault. Called for each client on a bench of its own. */
  readonly arrange?: (bench: Bench) => void | Promise<void>;
  readonly act: (client: MatrixClient, bench: Bench) => Promise<unknown>;
  /** What a perfect client gives. Compared as JSON. */
  readonly truth: (bench: Bench) => unknown;
  readonly plainFetch: Outcome;
  readonly bayplan: Outcome;
  /** `false` for a fault that no answer shows: time that passes, a name that is not found. Default `true`. */
  readonly isMetOnTheWire?: false;
  /** What else must be true of the way Bayplan got there. */
  readonly check?: (bench: Bench) => void | Promise<void>;
}

/** How a fault ended for both clients. */
interface FaultRun {
  readonly plainFetch: Outcome;
  readonly bayplan: Outcome;
  /** How often each of them met it: a fault that nobody meets proves nothing. */
  readonly met: readonly [number, number];
}

/** Lets both clients meet the fault, each on a bench of its own. */
export async function runFault(fault: FaultCase): Promise<FaultRun> {
  await using naiveBench = await openBench(fault.bench);
  await using bench = await openBench(fault.bench);
  await fault.arrange?.(naiveBench);
  await fault.arrange?.(bench);
  const givenUp = new AbortController();
  const naive = outcomeOf(fault, naiveBench, naiveClient(naiveBench, givenUp.signal));
  let isSettled = false;
  const settled = naive.then(() => {
    isSettled = true;
  });
  // A client that hangs is one that still waits when Bayplan has long given up; all others may finish first.
  if (fault.plainFetch !== "hangs") await settled;
  const bayplan = await outcomeOf(fault, bench, createBayplanClient(bench));
  const hangs = !isSettled;
  givenUp.abort();
  const plainFetch = hangs ? "hangs" : await naive;
  await settled;
  await fault.check?.(bench);
  return { plainFetch, bayplan, met: [naiveBench.met, bench.met] };
}

function naiveClient(bench: Bench, givenUp: AbortSignal): MatrixClient {
  const { origin, repository, reference, tooMany, fetch } = bench;
  const signal = AbortSignal.any([tooMany, givenUp]);
  const where = { origin, repository: repository.repository, tag: reference.tag };
  return createNaiveClient({ ...where, credentials: benchCredentials, fetch, signal });
}

async function outcomeOf(fault: FaultCase, bench: Bench, client: MatrixClient): Promise<Outcome> {
  try {
    const given = await fault.act(client, bench);
    if (given === undefined && fault.truth(bench) !== undefined) return "absent";
    return asText(given) === asText(fault.truth(bench)) ? "right" : "wrong";
  } catch (error) {
    if (isBayplanError(error)) return error.code;
    return bench.tooMany.aborted ? "endless" : "throws";
  }
}

function asText(value: unknown): string {
  return JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part));
}
