import type { Step } from "../plan/plan.ts";
import type { CiAdapter, Run } from "../ports/ci.ts";

/** The runs that an execution has on their way, to stop those of a group that has failed. */
export interface RunningRuns {
  started(step: Step, run: Run): void;
  /** The step has ended: if it was what the run was for, the run is over or no longer waited for. */
  ended(step: Step): void;
  /** Cancels the runs of a group, and those that are still to be started for it. */
  cancel(group: string): void;
  /** Resolves when everything that was asked has been answered. */
  settled(): Promise<void>;
}

/** No run was started. */
export function createRunningRuns(ci: CiAdapter | undefined): RunningRuns {
  const byStep = new Map<string, { readonly group: string; readonly run: Run }>();
  const failed = new Set<string>();
  const asked: Promise<void>[] = [];
  const stop = (run: Run) => {
    // Somebody else's run is refused with NOT_ALLOWED and goes on. One that cannot be stopped costs time, nothing else.
    const answer = Promise.resolve().then(() => ci?.cancel(run));
    asked.push(answer.catch(() => undefined));
  };
  return {
    started(step, run) {
      if (failed.has(step.group)) stop(run);
      else byStep.set(step.id, { group: step.group, run });
    },
    ended(step) {
      if (step.kind === "await-image") byStep.delete(step.build);
      if (step.kind === "test") byStep.delete(step.id);
    },
    cancel(group) {
      failed.add(group);
      for (const { group: own, run } of byStep.values()) if (own === group) stop(run);
    },
    async settled() {
      await Promise.all(asked);
    },
  };
}
