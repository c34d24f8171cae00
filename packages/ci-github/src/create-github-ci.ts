import {
  BayplanError,
  type CallOptions,
  type ChangedPaths,
  type CiAdapter,
  instantToMs,
  type Run,
} from "@bayplan/core";
import { cancelRun } from "./cancel-run.ts";
import { type CheckedDispatch, checkDispatch } from "./check-dispatch.ts";
import { checkEvent, type EventRequest } from "./check-event.ts";
import { createCiContext, type GitHubCiOptions } from "./ci-context.ts";
import { type CompareRequest, compareCommits } from "./compare-commits.ts";
import { dispatchRun } from "./dispatch-run.ts";
import { findRuns } from "./find-runs.ts";
import { followRun } from "./follow-run.ts";
import { rerunFailedJobs } from "./rerun-run.ts";
import { createDispatchSender, type SentDispatch } from "./send-dispatch.ts";
import { sendEvent } from "./send-event.ts";
import { untilAborted } from "./until-aborted.ts";

// How long GitHub's lists were seen to lag, generously.
const listLagMs = 10 * 60 * 1000;

/** What GitHub can do beyond the port. */
export interface GitHubCi extends CiAdapter {
  /**
   * Starts a run through a `repository_dispatch` and returns it, adopting one in flight with the key. GitHub does not
   * name the run, so it is found by its key. The token needs `contents: write` there.
   */
  dispatchEvent(request: EventRequest, options?: CallOptions): Promise<Run>;
  /**
   * Runs the failed jobs of a completed run again, same commit and same inputs. `watch` then follows the new attempt.
   * GitHub allows it for 30 days and 50 times: `CONFLICT` afterwards.
   * It is sent once; when the answer is lost, the run is read until a new attempt shows, and `UNAVAILABLE` thrown if none does.
   */
  rerunFailedJobs(run: Run, options?: CallOptions): Promise<Run>;
  /** The files that differ between two commits, as far as GitHub lists them. The token needs `contents: read`. */
  compareCommits(request: CompareRequest, options?: CallOptions): Promise<ChangedPaths>;
}

/**
 * A CI adapter for GitHub Actions.
 *
 * `dispatch` adopts a run in flight with the key, otherwise starts attempt `max(request.attempt, newest + 1)`; if another
 * coordinator did the same at that moment, the lowest run id wins and our duplicate is cancelled. A dispatch is never
 * sent twice: when its answer is lost, the run is looked for by its key. `watch` polls with conditional requests; a run that another coordinator
 * cancelled as a duplicate is followed in the run of its key that is left.
 * `cancel` ends only runs that this adapter started (`NOT_ALLOWED` for others), unless `cancels` is `any`.
 * Rate limits are not waited out: `RATE_LIMITED` carries `retryAfterMs`.
 *
 * @throws BayplanError `INVALID_INPUT`, here, when the token is missing or an option cannot be used.
 * @see https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 */
export function createGitHubCi(options: GitHubCiOptions): GitHubCi {
  const context = createCiContext(options);
  const sender = createDispatchSender(context.client, context);
  const pending = new Map<string, Promise<Run>>();
  const started = new Map<string, { readonly run: Run; readonly atMs: number }>();
  const own = new Set<string>();
  const cancelled = new Set<string>();
  const dispatches = new Map<string, CheckedDispatch>();
  const runAttempts = new Map<string, number>();

  async function start(checked: CheckedDispatch, send: Send, call: CallOptions): Promise<Run> {
    const nowMs = instantToMs(context.clock.now());
    for (const [id, { atMs }] of started) if (nowMs - atMs > listLagMs) started.delete(id);
    const id = identity(checked);
    const found = await dispatchRun(context, checked, { ...call, send, lastStarted: started.get(id)?.run });
    if (found.isOwn) own.add(runIdentity(found.run));
    dispatches.set(runIdentity(found.run), checked);
    started.set(id, { run: found.run, atMs: instantToMs(context.clock.now()) });
    return found.run;
  }

  async function once(checked: CheckedDispatch, send: Send, call: CallOptions): Promise<Run> {
    const id = identity(checked);
    for (let other = pending.get(id); other !== undefined; other = pending.get(id)) {
      // If the other caller fails or is cancelled, this one tries for itself.
      const run = await untilAborted(
        other.catch(() => undefined),
        call,
      );
      if (run !== undefined) return run;
    }
    const mine = start(checked, send, call).finally(() => pending.delete(id));
    pending.set(id, mine);
    return mine;
  }

  return {
    id: "github",
    async dispatch(request, call = {}) {
      const checked = checkDispatch(request, context);
      return once(checked, (attempt, signal) => sender.send(checked, attempt, signal), call);
    },
    async dispatchEvent(request, call = {}) {
      const checked = checkEvent(request, context);
      return once(checked, (attempt, signal) => sendEvent(context.client, { checked, attempt }, signal), call);
    },
    findRuns: (query, call = {}) => findRuns(context, query, call),
    watch: (run, call = {}) =>
      followRun(context, run, {
        ...call,
        checked: dispatches.get(runIdentity(run)),
        isCancelled: (one) => cancelled.has(runIdentity(one)),
        runAttempt: (one) => runAttempts.get(runIdentity(one)) ?? 1,
      }),
    async cancel(run, call = {}) {
      if (options.cancels !== "any" && !own.has(runIdentity(run))) throw notOurs(run);
      cancelled.add(runIdentity(run));
      try {
        await cancelRun(context, run, call);
      } catch (error) {
        cancelled.delete(runIdentity(run));
        throw error;
      }
    },
    async rerunFailedJobs(run, call = {}) {
      runAttempts.set(runIdentity(run), await rerunFailedJobs(context, run, call));
      own.add(runIdentity(run));
      return run;
    },
    compareCommits: (request, call = {}) =>
      compareCommits(context.client, { gitRepository: context.gitRepository, ...request }, call),
  };
}

type Send = (attempt: number, options: CallOptions) => Promise<SentDispatch>;

function identity({ event, gitRepository, workflow, key }: CheckedDispatch): string {
  return JSON.stringify([event, gitRepository.toLowerCase(), workflow, key]);
}

function runIdentity({ gitRepository, id }: Run): string {
  return `${gitRepository.toLowerCase()}#${id}`;
}

function notOurs({ id, gitRepository }: Run): BayplanError {
  return new BayplanError(
    "NOT_ALLOWED",
    `Run ${id.slice(0, 40)} of ${gitRepository.slice(0, 100)} was not started by this adapter, so it is not cancelled. ` +
      'Cancel it on GitHub, or make the adapter with cancels: "any".',
  );
}
