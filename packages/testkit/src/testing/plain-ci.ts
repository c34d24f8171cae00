import {
  BayplanError,
  type CallOptions,
  type CiAdapter,
  type Clock,
  instantToMs,
  type ObservedRun,
  type RunStatus,
} from "@bayplan/core";
import { connectionReset } from "../connection-reset.ts";
import type { CiServerUnderTest } from "../contract/ci-contract-fixture.ts";
import { createVirtualClock } from "../virtual-clock.ts";

interface PlainRun {
  readonly id: string;
  readonly key: string | undefined;
  readonly attempt: number;
  readonly startedMs: number;
  status: RunStatus;
}

/** A CI in memory: its server, and adapters that do the least that fulfils the port. */
export interface PlainCi {
  readonly server: CiServerUnderTest;
  readonly clock: Clock;
  readonly runs: readonly PlainRun[];
  /** As an adapter sends it; answers the run. */
  post(key: string, attempt: number): Promise<PlainRun>;
  list(): readonly PlainRun[];
  connect(): CiAdapter;
}

/** Makes one; the contract's own tests run on it. */
export function createPlainCi(): PlainCi {
  const clock = createVirtualClock({ auto: true });
  const runs: PlainRun[] = [];
  let lagMs = 0;
  let isHeld = false;
  let fault: "drop" | "lose" | undefined;
  const nowMs = (): number => instantToMs(clock.now());

  function start(key: string | undefined, attempt: number): PlainRun {
    const status: RunStatus = { state: "queued" };
    const run: PlainRun = { id: String(runs.length + 1), key, attempt, startedMs: nowMs(), status };
    const isWaiting = isHeld;
    runs.push(run);
    void clock.sleep(5000).then(() => {
      if (run.status.state === "queued") run.status = { state: isWaiting ? "waiting-for-approval" : "running" };
    });
    return run;
  }

  function runOf(id: string): PlainRun {
    const run = runs.find((one) => one.id === id);
    if (run === undefined) throw new BayplanError("NOT_FOUND", "There is no such run.");
    return run;
  }

  const plain: PlainCi = {
    clock,
    runs,
    list: () => runs.filter((run) => run.startedMs + lagMs <= nowMs()),
    async post(key, attempt) {
      const now = fault;
      fault = undefined;
      await clock.sleep(10);
      if (now === "drop") throw connectionReset();
      const run = start(key, attempt);
      if (now === "lose") throw connectionReset();
      return run;
    },
    connect: () => createPlainCiAdapter(plain),
    server: {
      runs: () =>
        runs.map(({ id, status }) => {
          if (status.state !== "completed") return { id, state: "alive" };
          return { id, state: status.conclusion === "cancelled" ? "cancelled" : "over" };
        }),
      async end(id, conclusion) {
        runOf(id).status = { state: "completed", conclusion };
      },
      startForeign: async () => start(undefined, 1).id,
      loseNextAnswer: () => {
        fault = "lose";
      },
      dropNextDispatch: () => {
        fault = "drop";
      },
      listLate: (ms) => {
        lagMs = ms;
      },
      holdForApproval: () => {
        isHeld = true;
      },
      approve(id) {
        runOf(id).status = { state: "running" };
      },
    },
  };
  return plain;
}

function createPlainCiAdapter(plain: PlainCi): CiAdapter {
  const own = new Map<string, PlainRun>();
  const pending = new Map<string, Promise<PlainRun>>();
  const observed = (run: PlainRun): ObservedRun => ({
    run: { id: run.id, gitRepository: "octo/images", url: `https://ci.example/${run.id}`, attempt: run.attempt },
    status: run.status,
  });
  const known = (key: string): readonly PlainRun[] =>
    [...new Set([...plain.list(), ...own.values()])]
      .filter((run) => run.key === key)
      .toSorted((left, right) => right.attempt - left.attempt || Number(left.id) - Number(right.id));

  async function start(key: string, asked: number): Promise<PlainRun> {
    const runs = known(key);
    const inFlight = runs.find(({ status }) => status.state !== "completed");
    if (inFlight !== undefined) return inFlight;
    const attempt = Math.max(asked, (runs[0]?.attempt ?? 0) + 1);
    const sent = await plain.post(key, attempt).catch(() => undefined);
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 1000) {
      const first = known(key).find((run) => run.attempt === attempt && run.status.state !== "completed");
      const ours = sent ?? first;
      if (ours !== undefined) own.set(ours.id, ours);
      if (sent !== undefined && first !== undefined && Number(first.id) < Number(sent.id)) {
        sent.status = { state: "completed", conclusion: "cancelled" };
        return first;
      }
      if (ours !== undefined) return ours;
      await plain.clock.sleep(1000);
    }
    throw new BayplanError("UNAVAILABLE", "The answer was lost, and no run showed up.");
  }

  return {
    id: "plain",
    async dispatch({ key, attempt, workflow }, { signal }: CallOptions = {}) {
      if (signal?.aborted) throw new BayplanError("CANCELLED", "The dispatch was cancelled.");
      if (workflow !== "build.yml") throw new BayplanError("NOT_FOUND", "There is no such workflow.");
      const starting = pending.get(key) ?? start(key, attempt).finally(() => pending.delete(key));
      pending.set(key, starting);
      return observed(await starting).run;
    },
    async *findRuns({ key }) {
      yield* known(key).map(observed);
    },
    async *watch(run, { signal } = {}) {
      let last: string | undefined;
      for (;;) {
        if (signal?.aborted) throw new BayplanError("CANCELLED", "The watch was cancelled.");
        const status = plain.runs.find(({ id }) => id === run.id)?.status ?? { state: "queued" };
        if (status.state !== last) yield status;
        last = status.state;
        if (status.state === "completed") return;
        await plain.clock.sleep(1000);
      }
    },
    async cancel({ id }) {
      const run = own.get(id);
      if (run === undefined) throw new BayplanError("NOT_ALLOWED", "Somebody else started this run.");
      if (run.status.state !== "completed") run.status = { state: "completed", conclusion: "cancelled" };
    },
  };
}
