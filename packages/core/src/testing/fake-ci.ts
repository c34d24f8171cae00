import { BayplanError, type BayplanErrorCode, throwIfCancelled } from "../errors.ts";
import type { Instant } from "../instant.ts";
import type { CiAdapter, DispatchRequest, Run, RunStatus } from "../ports/ci.ts";
import type { Clock } from "../ports/clock.ts";

type Conclusion = Extract<RunStatus, { state: "completed" }>["conclusion"];

/** What a workflow does with its inputs: pushes, then ends like this after so long. */
export interface FakeBuild {
  /** Default `success`. `never`: the run goes on for ever. */
  readonly conclusion?: Conclusion | "never";
  /** Default ten minutes. */
  readonly tookMs?: number;
  /** Called when the run ends. */
  readonly push?: () => void;
}

/** A CI in memory: its workflows are functions of their request. */
export interface FakeCi extends CiAdapter {
  /** Every dispatch that started a run. */
  readonly dispatched: DispatchRequest[];
  /** The key of every look for runs. */
  readonly asked: string[];
  /** Every run that was told to stop. */
  readonly cancelled: string[];
  /** Thrown by the next calls of `watch`, one each. */
  readonly watchErrors: (BayplanErrorCode | "ends-early")[];
  /** Thrown by `dispatch`. */
  dispatchError: BayplanErrorCode | undefined;
}

interface Job {
  readonly run: Run;
  readonly key: string;
  status: RunStatus;
  endedAt?: Instant;
  readonly ended: Promise<void>;
}

/** A CI whose runs do what `build` says. */
export function createFakeCi(clock: Clock, build: (request: DispatchRequest) => FakeBuild): FakeCi {
  const jobs: Job[] = [];
  const start = (request: DispatchRequest): Job => {
    const { conclusion = "success", tookMs = 600_000, push } = build(request);
    const id = String(jobs.length + 1);
    const run: Run = { id, gitRepository: "o/ci", url: `https://ci.example/runs/${id}`, attempt: request.attempt };
    const end = async () => {
      if (conclusion === "never") return new Promise<void>(() => {});
      await clock.sleep(tookMs);
      push?.();
      if (job.status.state === "completed") return;
      job.status = { state: "completed", conclusion };
      job.endedAt = clock.now();
    };
    const job: Job = { run, key: request.key, status: { state: "running" }, ended: Promise.resolve().then(end) };
    return job;
  };
  const ci: FakeCi = {
    id: "fake-ci",
    dispatched: [],
    asked: [],
    cancelled: [],
    watchErrors: [],
    dispatchError: undefined,
    async dispatch(request, options) {
      throwIfCancelled(options?.signal);
      if (ci.dispatchError !== undefined) throw new BayplanError(ci.dispatchError, "The dispatch was refused.");
      const inFlight = jobs.find((job) => job.key === request.key && job.status.state !== "completed");
      if (inFlight !== undefined) return inFlight.run;
      const before = jobs.filter((job) => job.key === request.key);
      const job = start({ ...request, attempt: Math.max(0, ...before.map(({ run }) => run.attempt)) + 1 });
      jobs.push(job);
      ci.dispatched.push(request);
      return job.run;
    },
    async *findRuns(query) {
      ci.asked.push(query.key);
      for (const { key, run, status, endedAt } of jobs.toReversed())
        if (key === query.key) yield { run, status, ...(endedAt === undefined ? {} : { endedAt }) };
    },
    async *watch(run, options = {}) {
      throwIfCancelled(options.signal);
      const error = ci.watchErrors.shift();
      if (error === "ends-early") return;
      if (error !== undefined) throw new BayplanError(error, "The watch failed.");
      const job = jobs.find((candidate) => candidate.run.id === run.id);
      if (job === undefined) throw new BayplanError("NOT_FOUND", "There is no such run.");
      yield job.status;
      if (job.status.state === "completed") return;
      throwIfCancelled(options.signal);
      await Promise.race([job.ended, aborted(options.signal)]);
      throwIfCancelled(options.signal);
      yield job.status;
    },
    async cancel(run) {
      ci.cancelled.push(run.id);
      const job = jobs.find((candidate) => candidate.run.id === run.id);
      if (job !== undefined && job.status.state !== "completed")
        Object.assign(job, { status: { state: "completed", conclusion: "cancelled" }, endedAt: clock.now() });
    },
  };
  return ci;
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
