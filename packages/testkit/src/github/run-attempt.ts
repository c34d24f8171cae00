import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock, Instant } from "@bayplan/core";
import { jobsOf } from "./job-order.ts";
import type {
  SimulatedConclusion,
  SimulatedJob,
  SimulatedJobRun,
  SimulatedRun,
  SimulatedTrigger,
  SimulatedWorkflow,
} from "./simulated-workflow.ts";

/** The same, while it lives. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A deployment that waits for a person. */
export interface Gate {
  readonly environment: string;
  readonly since: Instant;
  decide(isApproved: boolean): void;
}

/** One attempt of a run. */
export interface RunAttempt {
  readonly run: Mutable<SimulatedRun>;
  readonly workflow: SimulatedWorkflow;
  readonly trigger: SimulatedTrigger;
  /** Those that succeeded in an earlier attempt are over already. */
  readonly jobs: readonly Mutable<SimulatedJobRun>[];
  /** Aborts when the run is cancelled. */
  readonly cancelled: AbortController;
  /** Aborts when the attempt is over. */
  readonly ended: AbortController;
  readonly gates: Set<Gate>;
  /** Whether jobs need not wait at gates any more. */
  isApproved: boolean;
}

// What a run is, when its jobs ended differently.
const worstFirst = ["failure", "timed_out", "startup_failure", "cancelled", "action_required", "stale", "neutral"];

/** Ends an attempt, whatever its code still does. */
export function endAttempt(attempt: RunAttempt, now: Instant): void {
  if (attempt.ended.signal.aborted) return;
  for (const job of attempt.jobs) endJob(attempt, job, { conclusion: "cancelled", now });
  const conclusion = conclusionOf(attempt);
  Object.assign(attempt.run, { status: "completed", conclusion, updatedAt: now });
  attempt.ended.abort();
}

/** Executes what is left of an attempt once it may begin, and ends it. */
export async function executeAttempt(
  attempt: RunAttempt,
  { begins, clock, now }: { readonly begins: Promise<void>; readonly clock: Clock; readonly now: () => Instant },
): Promise<void> {
  const { workflow, cancelled } = attempt;
  const { signal } = cancelled;
  try {
    await begins;
    signal.throwIfAborted();
    refresh(attempt, now());
    // Not even an idle runner starts a run before its dispatch was answered.
    if ((workflow.startsAfterMs ?? 0) === 0) await nextTurn();
    else await clock.sleep(workflow.startsAfterMs ?? 0, { signal });
    const ends = new Map<string, Promise<void>>();
    const definitions = jobsOf(workflow);
    for (const [name, definition] of definitions) {
      const job = attempt.jobs.find((one) => one.name === name);
      if (job === undefined || job.status === "completed") continue;
      ends.set(name, executeJob(attempt, { job, definition, ends, now }));
    }
    await Promise.all(ends.values());
  } catch {
    // Cancelled before it began.
  }
  endAttempt(attempt, now());
}

interface JobExecution {
  readonly job: Mutable<SimulatedJobRun>;
  readonly definition: SimulatedJob;
  /** Of the jobs before it. */
  readonly ends: ReadonlyMap<string, Promise<void>>;
  readonly now: () => Instant;
}

async function executeJob(attempt: RunAttempt, execution: JobExecution): Promise<void> {
  const { job, definition, ends, now } = execution;
  const { signal } = attempt.cancelled;
  const needs = definition.needs ?? [];
  await Promise.all(needs.map((name) => ends.get(name)));
  const end = (conclusion: SimulatedConclusion): void => endJob(attempt, job, { conclusion, now: now() });
  if (signal.aborted) return end("cancelled");
  const failed = needs.some((name) => attempt.jobs.find((one) => one.name === name)?.conclusion !== "success");
  if (failed) return end("skipped");
  const environment = definition.environment ?? (attempt.workflow.waitsForApproval === true ? "production" : undefined);
  if (environment !== undefined && !attempt.isApproved) {
    change(attempt, job, { status: "waiting" }, now());
    const isApproved = await decision(attempt, environment, now());
    if (signal.aborted) return end("cancelled");
    if (!isApproved) return end("failure");
  }
  let concluded: SimulatedConclusion | undefined;
  try {
    change(attempt, job, { status: "in_progress", startedAt: now() }, now());
    await definition.run({
      ...attempt.trigger,
      gitRepository: attempt.run.gitRepository,
      runId: attempt.run.id,
      runAttempt: attempt.run.runAttempt,
      job: job.name,
      signal,
      conclude: (conclusion) => {
        concluded = conclusion;
      },
    });
    end(concluded ?? "success");
  } catch (error) {
    if (!attempt.ended.signal.aborted) attempt.run.error = error;
    end(concluded ?? (signal.aborted ? "cancelled" : "failure"));
  }
}

function decision(attempt: RunAttempt, environment: string, since: Instant): Promise<boolean> {
  return new Promise((resolve) => {
    const gate: Gate = {
      environment,
      since,
      decide(isApproved) {
        attempt.gates.delete(gate);
        resolve(isApproved);
      },
    };
    attempt.gates.add(gate);
    attempt.cancelled.signal.addEventListener("abort", () => gate.decide(false), { once: true });
  });
}

function endJob(
  attempt: RunAttempt,
  job: Mutable<SimulatedJobRun>,
  { conclusion, now }: { readonly conclusion: SimulatedConclusion; readonly now: Instant },
): void {
  if (job.status !== "completed") change(attempt, job, { status: "completed", conclusion, completedAt: now }, now);
}

function change(
  attempt: RunAttempt,
  job: Mutable<SimulatedJobRun>,
  changes: Partial<SimulatedJobRun>,
  now: Instant,
): void {
  const { run } = attempt;
  if (changes.status === "in_progress" && !attempt.jobs.some(({ status }) => status === "in_progress")) {
    run.startedAt = now;
  }
  Object.assign(job, changes);
  refresh(attempt, now);
}

function refresh({ run, jobs, ended }: RunAttempt, now: Instant): void {
  if (ended.signal.aborted) return;
  const has = (status: string): boolean => jobs.some((job) => job.status === status);
  const isBetweenJobs = jobs.some((job) => job.status === "completed" && job.runAttempt === run.runAttempt);
  const status = has("in_progress")
    ? "in_progress"
    : has("waiting")
      ? "waiting"
      : isBetweenJobs
        ? "in_progress"
        : "queued";
  Object.assign(run, { status, updatedAt: now });
}

function conclusionOf({ jobs, cancelled }: RunAttempt): SimulatedConclusion {
  const has = (conclusion: string): boolean => jobs.some((job) => job.conclusion === conclusion);
  if (cancelled.signal.aborted && has("cancelled")) return "cancelled";
  const worst = worstFirst.find(has);
  if (worst !== undefined) return worst as SimulatedConclusion;
  return has("success") ? "success" : "skipped";
}
