import { type Clock, type Instant, instantFromMs, instantToMs } from "@bayplan/core";
import { type ConcurrencyGroup, createConcurrencyGroups } from "./concurrency-groups.ts";
import { jobsOf, jobsToRepeat } from "./job-order.ts";
import { idOf } from "./repository-document.ts";
import { endAttempt, executeAttempt, type Gate, type Mutable, type RunAttempt } from "./run-attempt.ts";
import type {
  SimulatedConcurrency,
  SimulatedJobRun,
  SimulatedRun,
  SimulatedTrigger,
  SimulatedWorkflow,
} from "./simulated-workflow.ts";

/** A run to start. */
export interface RunRequest extends SimulatedTrigger {
  readonly gitRepository: string;
  readonly file: string;
  readonly workflow: SimulatedWorkflow;
  /** `event_type` of a `repository_dispatch`. */
  readonly eventType?: string;
}

/** Which jobs a re-run repeats: all, those that failed, or one; those that need them follow. */
export type RerunScope = "all" | "failed" | { readonly jobId: number };

/** All runs of a simulator and what can be done to them. */
export interface RunStore {
  /** In the order of their start, deleted ones included. */
  readonly runs: readonly SimulatedRun[];
  start(request: RunRequest): SimulatedRun;
  /** When it was started, to the millisecond. */
  startedMs(id: number): number;
  isDeleted(id: number): boolean;
  remove(id: number): void;
  /** Whether the run could be cancelled: not when it is over. `force` ends it without waiting for its code. */
  cancel(id: number, options?: { readonly force?: boolean }): boolean;
  /** Starts the next attempt of a run that is over. `false` where nothing is left to repeat. */
  rerun(id: number, scope: RerunScope): boolean;
  /** The run as it is, and as it was in its earlier attempts. */
  attempts(id: number): readonly SimulatedRun[];
  /** Deployments that wait. */
  gates(id: number): readonly Gate[];
  approve(id: number): void;
  /** What is held in a Git repository; the members are runs. */
  groups(gitRepository: string): readonly ConcurrencyGroup[];
  groupOf(id: number): string | undefined;
  /** Resolves when no run is left that is not over. */
  settled(): Promise<void>;
}

interface LiveRun {
  readonly run: Mutable<SimulatedRun>;
  readonly request: RunRequest;
  readonly concurrency: SimulatedConcurrency | undefined;
  readonly startedMs: number;
  readonly earlier: SimulatedRun[];
  attempt: RunAttempt;
}

// What does not stop by itself is stopped: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
const cancelWithinMs = 300_000;

/** Runs execute beside their caller from the moment they are started. */
export function createRunStore(clock: Clock): RunStore {
  // GitHub tells whole seconds.
  const now = (): Instant => instantFromMs(Math.floor(instantToMs(clock.now()) / 1000) * 1000);
  const runs: Mutable<SimulatedRun>[] = [];
  const live = new Map<number, LiveRun>();
  const deleted = new Set<number>();
  const working = new Set<Promise<void>>();
  const groups = createConcurrencyGroups(now);

  function open(entry: Omit<LiveRun, "attempt">, jobs: readonly Mutable<SimulatedJobRun>[]): RunAttempt {
    entry.run.jobs = jobs;
    return {
      run: entry.run,
      workflow: entry.request.workflow,
      trigger: triggerOf(entry.request),
      jobs,
      cancelled: new AbortController(),
      ended: new AbortController(),
      gates: new Set(),
      isApproved: false,
    };
  }

  function launch(entry: LiveRun): void {
    const { run, concurrency, attempt } = entry;
    const begins = new Promise<void>((resolve) => {
      if (concurrency === undefined) return resolve();
      run.status = "pending";
      attempt.ended.signal.addEventListener("abort", () => groups.leave(run.gitRepository, concurrency.group, run.id));
      attempt.cancelled.signal.addEventListener("abort", () => resolve());
      const member = { runId: run.id, cancel: () => void cancel(entry, false) };
      groups.enter({ gitRepository: run.gitRepository, concurrency, member }, resolve);
    });
    const done = executeAttempt(attempt, { begins, clock, now });
    working.add(done);
    void done.then(() => working.delete(done));
  }

  function cancel({ run, attempt }: LiveRun, isForced: boolean): boolean {
    if (run.status === "completed") return false;
    const hasBegun = attempt.jobs.some(({ status }) => status === "in_progress");
    attempt.cancelled.abort(new Error("The run was cancelled."));
    // Only code that runs is waited for.
    if (isForced || !hasBegun) endAttempt(attempt, now());
    else {
      const end = (): void => endAttempt(attempt, now());
      void clock.sleep(cancelWithinMs, { signal: attempt.ended.signal }).then(end, () => {});
    }
    return true;
  }

  function newJobs(run: SimulatedRun, names: Iterable<string>): Mutable<SimulatedJobRun>[] {
    const at = now();
    const make = (name: string): Mutable<SimulatedJobRun> => ({
      id: idOf(`job ${run.id} ${run.runAttempt} ${name}`),
      name,
      runAttempt: run.runAttempt,
      status: "queued",
      conclusion: null,
      createdAt: at,
      startedAt: at,
      completedAt: null,
    });
    return [...names].map(make);
  }

  return {
    runs,
    start(request) {
      const { gitRepository, file, workflow } = request;
      const at = now();
      const trigger = triggerOf(request);
      const isOwn = (one: SimulatedRun): boolean => one.gitRepository === gitRepository && one.workflow === file;
      const run: Mutable<SimulatedRun> = {
        ...trigger,
        id: 30_000_000_001 + runs.length,
        gitRepository,
        workflow: file,
        runNumber: runs.filter(isOwn).length + 1,
        displayTitle:
          workflow.runName?.(trigger.inputs, trigger) ??
          request.eventType ??
          workflow.name ??
          `.github/workflows/${file}`,
        runAttempt: 1,
        jobs: [],
        status: "queued",
        conclusion: null,
        createdAt: at,
        attemptedAt: at,
        startedAt: at,
        updatedAt: at,
      };
      const concurrency = workflow.concurrency?.(trigger);
      const base = { run, request, concurrency, startedMs: instantToMs(clock.now()), earlier: [] };
      const entry: LiveRun = { ...base, attempt: open(base, newJobs(run, jobsOf(workflow).keys())) };
      runs.push(run);
      live.set(run.id, entry);
      launch(entry);
      return run;
    },
    startedMs: (id) => live.get(id)?.startedMs ?? 0,
    isDeleted: (id) => deleted.has(id),
    remove: (id) => void deleted.add(id),
    cancel(id, options = {}) {
      const entry = live.get(id);
      return entry !== undefined && cancel(entry, options.force === true);
    },
    rerun(id, scope) {
      const entry = live.get(id);
      if (entry === undefined) return false;
      const { run, request } = entry;
      const repeated = repeatedJobs(run, request.workflow, scope);
      if (repeated.length === 0) return false;
      entry.earlier.push({ ...run, jobs: run.jobs.map((job) => ({ ...job })) });
      run.runAttempt++;
      delete run.error;
      const at = now();
      Object.assign(run, { status: "queued", conclusion: null, attemptedAt: at, startedAt: at, updatedAt: at });
      const fresh = newJobs(run, repeated);
      entry.attempt = open(
        entry,
        run.jobs.map((job) => fresh.find(({ name }) => name === job.name) ?? job),
      );
      launch(entry);
      return true;
    },
    attempts(id) {
      const entry = live.get(id);
      return entry === undefined ? [] : [...entry.earlier, entry.run];
    },
    gates: (id) => [...(live.get(id)?.attempt.gates ?? [])],
    approve(id) {
      const attempt = live.get(id)?.attempt;
      if (attempt === undefined) return;
      attempt.isApproved = true;
      for (const gate of attempt.gates) gate.decide(true);
    },
    groups: (gitRepository) => groups.active(gitRepository),
    groupOf: (id) => live.get(id)?.concurrency?.group,
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

function triggerOf({ event, ref, inputs, payload }: SimulatedTrigger): SimulatedTrigger {
  return { event, ref, inputs, payload };
}

function repeatedJobs(run: SimulatedRun, workflow: SimulatedWorkflow, scope: RerunScope): readonly string[] {
  if (scope === "all") return run.jobs.map(({ name }) => name);
  const isMeant = (job: SimulatedJobRun): boolean =>
    scope === "failed" ? job.conclusion !== "success" && job.conclusion !== "skipped" : job.id === scope.jobId;
  return jobsToRepeat(
    workflow,
    run.jobs.filter(isMeant).map(({ name }) => name),
  );
}
