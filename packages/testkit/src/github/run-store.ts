import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, type Instant, instantFromMs, instantToMs } from "@bayplan/core";
import type { SimulatedConclusion, SimulatedRun, SimulatedWorkflow } from "./simulated-workflow.ts";

/** A run to start. */
export interface RunRequest {
  readonly gitRepository: string;
  readonly file: string;
  readonly workflow: SimulatedWorkflow;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** All runs of a simulator and what can be done to them. */
export interface RunStore {
  /** In the order of their start. */
  readonly runs: readonly SimulatedRun[];
  start(request: RunRequest): SimulatedRun;
  /** Whether the run could be cancelled: not when it is over. `force` ends it without waiting for its code. */
  cancel(id: number, options?: { readonly force?: boolean }): boolean;
  approve(id: number): void;
  /** Resolves when no run is left that is not over. */
  settled(): Promise<void>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface LiveRun {
  readonly run: Mutable<SimulatedRun>;
  readonly abort: AbortController;
  approve: () => void;
  readonly approved: Promise<void>;
}

/** Runs execute beside their caller from the moment they are started. */
export function createRunStore(clock: Clock): RunStore {
  const runs: Mutable<SimulatedRun>[] = [];
  const live = new Map<number, LiveRun>();
  const working = new Set<Promise<void>>();

  // GitHub tells whole seconds.
  const now = (): Instant => instantFromMs(Math.floor(instantToMs(clock.now()) / 1000) * 1000);

  function complete({ run }: LiveRun, conclusion: SimulatedConclusion, error?: unknown): void {
    if (run.status === "completed") return;
    if (error !== undefined) run.error = error;
    Object.assign(run, { status: "completed", conclusion, updatedAt: now() });
  }

  async function work(entry: LiveRun, workflow: SimulatedWorkflow): Promise<void> {
    const { run, abort } = entry;
    const { signal } = abort;
    let concluded: SimulatedConclusion | undefined;
    try {
      // Not even an idle runner starts a run before its dispatch was answered.
      if ((workflow.startsAfterMs ?? 0) === 0) await nextTurn();
      else await clock.sleep(workflow.startsAfterMs ?? 0, { signal });
      if (workflow.waitsForApproval === true) {
        Object.assign(run, { status: "waiting", updatedAt: now() });
        await entry.approved;
      }
      signal.throwIfAborted();
      Object.assign(run, { status: "in_progress", startedAt: now(), updatedAt: now() });
      const { gitRepository, ref, inputs, id: runId } = run;
      const conclude = (conclusion: SimulatedConclusion): void => {
        concluded = conclusion;
      };
      await workflow.run({ gitRepository, ref, inputs, runId, signal, conclude });
      complete(entry, concluded ?? "success");
    } catch (error) {
      complete(entry, concluded ?? (signal.aborted ? "cancelled" : "failure"), error);
    }
  }

  return {
    runs,
    start({ gitRepository, file, workflow, ref, inputs }) {
      const at = now();
      const run: Mutable<SimulatedRun> = {
        id: 30_000_000_001 + runs.length,
        gitRepository,
        workflow: file,
        runNumber: runs.filter((one) => one.gitRepository === gitRepository && one.workflow === file).length + 1,
        ref,
        inputs,
        displayTitle: workflow.runName?.(inputs) ?? workflow.name ?? `.github/workflows/${file}`,
        status: "queued",
        conclusion: null,
        createdAt: at,
        startedAt: at,
        updatedAt: at,
      };
      let approve = (): void => {};
      const approved = new Promise<void>((resolve) => {
        approve = resolve;
      });
      const entry: LiveRun = { run, abort: new AbortController(), approve, approved };
      runs.push(run);
      live.set(run.id, entry);
      const done = work(entry, workflow);
      working.add(done);
      void done.then(() => working.delete(done));
      return run;
    },
    cancel(id, options = {}) {
      const entry = live.get(id);
      if (entry === undefined || entry.run.status === "completed") return false;
      entry.abort.abort(new Error("The run was cancelled."));
      entry.approve();
      if (options.force === true) complete(entry, "cancelled");
      return true;
    },
    approve: (id) => live.get(id)?.approve(),
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
