import { BayplanError } from "../errors.ts";
import { instantToMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Run } from "../ports/ci.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import { followRun, isPassing, retryAfterMs } from "./follow-run.ts";
import { spread } from "./jitter.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";
import { withDeadline } from "./with-deadline.ts";

type BoundAwait = Extract<BoundStep, { kind: "await-image" }>;

const firstPollMs = 1000;
const maxPollMs = 30_000;

/**
 * Waits for what a run pushes: follows the run, and looks at the registry while the run cannot be followed. A failed run
 * ends the wait at once; who cannot be asked for a while does not, who refuses does; the deadline ends it always.
 */
export async function runAwaitImage(bound: BoundAwait, context: StepContext): Promise<StepOutcome> {
  const { step, destination, run, digest } = bound;
  if (digest !== undefined) return { step: step.id, state: "already-done", digest };
  if (run === undefined) throw new BayplanError("PLAN_STALE", `${step.build} started no run. Plan again.`);
  const { clock } = context.ports;
  const waitingFor = `the run ${run.url} that builds ${formatReference(destination)}`;
  const startMs = instantToMs(clock.now());
  const first = await withDeadline({ clock, timeoutMs: step.timeoutMs, waitingFor, ...callOf(context) }, (signal) =>
    firstLook(bound, run, { ...context, signal }),
  );
  if (first.state === "found") return { step: step.id, state: "done", digest: first.digest };
  // The run has ended in time: its registry gets the time to show it, and to come back if it is down.
  const leftMs = step.timeoutMs - (instantToMs(clock.now()) - startMs);
  const timeoutMs = Math.max(leftMs, context.settleMs + 1);
  const found = await withDeadline({ clock, timeoutMs, waitingFor, ...callOf(context) }, (signal) =>
    findPushed({ bound, run, first }, { ...context, signal }),
  );
  return { step: step.id, state: "done", digest: found };
}

/** The first look after the run has succeeded, or one that found the image while the run could not be followed. */
async function firstLook(bound: BoundAwait, run: Run, context: StepContext): Promise<Look> {
  const early = await followRun({ step: bound.step.id, run }, context, async () => {
    const look = await lookAt(bound, context);
    return look.state === "found" ? look : undefined;
  });
  return early ?? (await lookAt(bound, context));
}

/**
 * The run has succeeded: what it pushed must show, at the latest after the registry's own lag. Only looks that were
 * answered count: a registry that is down for a while after a build of an hour is asked again.
 */
async function findPushed(
  { bound, run, first }: { readonly bound: BoundAwait; readonly run: Run; readonly first: Look },
  context: StepContext,
): Promise<Digest> {
  const { destination } = bound;
  let look = first;
  for (let lagMs = 0, pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, maxPollMs)) {
    if (look.state === "found") return look.digest;
    if (look.state === "nothing" && lagMs >= context.settleMs) {
      const message = `The run ${run.url} succeeded, but nothing new was pushed to ${formatReference(destination)}. Check that the workflow pushes to its input with {destination}.`;
      throw new BayplanError("NOT_FOUND", message);
    }
    const pauseMs = spread(pollMs, context.random);
    const waitMs =
      look.state === "nothing" ? Math.min(pauseMs, context.settleMs - lagMs) : Math.max(pauseMs, look.askedMs);
    await context.ports.clock.sleep(waitMs, callOf(context));
    if (look.state === "nothing") lagMs += waitMs;
    look = await lookAt(bound, context);
  }
}

type Look =
  | { readonly state: "found"; readonly digest: Digest }
  | { readonly state: "nothing" }
  | { readonly state: "failed"; readonly askedMs: number };

/** Whether the registry shows another image than before. Who refuses is not asked again. */
async function lookAt({ step, destination }: BoundAwait, context: StepContext): Promise<Look> {
  const before = "digest" in step.notDigest ? step.notDigest.digest : undefined;
  try {
    const registry = registryFor(context.ports.registries, destination.registry);
    const found = await registry.resolve(destination, callOf(context));
    if (found.state !== "present" || found.descriptor.digest === before) return { state: "nothing" };
    return { state: "found", digest: found.descriptor.digest };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { state: "failed", askedMs: retryAfterMs(error) };
  }
}

function callOf({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}
