import { BayplanError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, type TagReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import { followRun, isPassing } from "./follow-run.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";
import { withDeadline } from "./with-deadline.ts";

type BoundAwait = Extract<BoundStep, { kind: "await-image" }>;

const firstPollMs = 1000;
const maxPollMs = 30_000;

/**
 * Follows the run to its end, then finds what it pushed. A failed run ends the wait at once; a CI that cannot be asked
 * for a while does not; the deadline ends it always.
 */
export async function runAwaitImage(bound: BoundAwait, context: StepContext): Promise<StepOutcome> {
  const { step, destination, run, digest } = bound;
  if (digest !== undefined) return { step: step.id, state: "already-done", digest };
  if (run === undefined) throw new BayplanError("PLAN_STALE", `${step.build} started no run. Plan again.`);
  const waitingFor = `the run ${run.url} that builds ${formatReference(destination)}`;
  await withDeadline(
    { clock: context.ports.clock, timeoutMs: step.timeoutMs, waitingFor, ...signalOf(context) },
    (signal) => followRun(step.id, run, { ...context, signal }),
  );
  return { step: step.id, state: "done", digest: await findPushed(bound, destination, context) };
}

/** The run has succeeded: what it pushed must show, at the latest after the registry's own lag. */
async function findPushed(bound: BoundAwait, destination: TagReference, context: StepContext): Promise<Digest> {
  const { clock } = context.ports;
  for (let waitedMs = 0, pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, maxPollMs)) {
    const isLast = waitedMs >= context.settleMs;
    const digest = await look(destination, context, isLast);
    if (digest !== undefined && !isSame(digest, bound)) return digest;
    if (isLast) break;
    const pauseMs = Math.min(pollMs, context.settleMs - waitedMs);
    await clock.sleep(pauseMs, signalOf(context));
    waitedMs += pauseMs;
  }
  const message = `The run ${bound.run?.url} succeeded, but nothing new was pushed to ${formatReference(destination)}. Check that the workflow pushes to its input with {destination}.`;
  throw new BayplanError("NOT_FOUND", message);
}

/** A registry that fails for a moment after a build of an hour is asked again; the last time its error counts. */
async function look(destination: TagReference, context: StepContext, isLast: boolean): Promise<Digest | undefined> {
  try {
    const registry = registryFor(context.ports.registries, destination.registry);
    const found = await registry.resolve(destination, signalOf(context));
    return found.state === "present" ? found.descriptor.digest : undefined;
  } catch (error) {
    if (isLast || !isPassing(error)) throw error;
    return undefined;
  }
}

function isSame(digest: Digest, bound: BoundAwait): boolean {
  return "digest" in bound.step.notDigest && bound.step.notDigest.digest === digest;
}

function signalOf(context: CallOptions): CallOptions {
  return context.signal === undefined ? {} : { signal: context.signal };
}
