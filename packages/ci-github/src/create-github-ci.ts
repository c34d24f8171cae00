import { type CallOptions, type CiAdapter, instantToMs, type Run } from "@bayplan/core";
import { cancelRun } from "./cancel-run.ts";
import { type CheckedDispatch, checkDispatch } from "./check-dispatch.ts";
import { createCiContext, type GitHubCiOptions } from "./ci-context.ts";
import { dispatchRun } from "./dispatch-run.ts";
import { findRuns } from "./find-runs.ts";
import { createDispatchSender } from "./send-dispatch.ts";
import { untilAborted } from "./until-aborted.ts";
import { watchRun } from "./watch-run.ts";

// How long GitHub's lists were seen to lag, generously.
const listLagMs = 10 * 60 * 1000;

/**
 * A CI adapter for GitHub Actions.
 *
 * `dispatch` adopts a run in flight with the key, otherwise starts attempt `max(request.attempt, newest + 1)`; if another
 * coordinator did the same at that moment, the lowest run id wins and our duplicate is cancelled. A dispatch is never
 * sent twice: when its answer is lost, the run is looked for by its key. `watch` polls with conditional requests.
 * Rate limits are not waited out: `RATE_LIMITED` carries `retryAfterMs`.
 *
 * @throws BayplanError `INVALID_INPUT`, here, when the token is missing or an option cannot be used.
 * @see https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 */
export function createGitHubCi(options: GitHubCiOptions): CiAdapter {
  const context = createCiContext(options);
  const sender = createDispatchSender(context.client);
  const pending = new Map<string, Promise<Run>>();
  const started = new Map<string, { readonly run: Run; readonly atMs: number }>();

  async function start(checked: CheckedDispatch, call: CallOptions): Promise<Run> {
    const nowMs = instantToMs(context.clock.now());
    for (const [id, { atMs }] of started) if (nowMs - atMs > listLagMs) started.delete(id);
    const id = identity(checked);
    const run = await dispatchRun(context, checked, { ...call, sender, lastStarted: started.get(id)?.run });
    started.set(id, { run, atMs: instantToMs(context.clock.now()) });
    return run;
  }

  return {
    id: "github",
    async dispatch(request, call = {}) {
      const checked = checkDispatch(request, context);
      const id = identity(checked);
      for (let other = pending.get(id); other !== undefined; other = pending.get(id)) {
        // If the other caller fails or is cancelled, this one tries for itself.
        const run = await untilAborted(
          other.catch(() => undefined),
          call,
        );
        if (run !== undefined) return run;
      }
      const mine = start(checked, call).finally(() => pending.delete(id));
      pending.set(id, mine);
      return mine;
    },
    findRuns: (query, call = {}) => findRuns(context, query, call),
    watch: (run, call = {}) => watchRun(context, run, call),
    cancel: (run, call = {}) => cancelRun(context, run, call),
  };
}

function identity({ gitRepository, workflow, key }: CheckedDispatch): string {
  return JSON.stringify([gitRepository.toLowerCase(), workflow, key]);
}
