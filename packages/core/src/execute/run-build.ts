import { BayplanError } from "../errors.ts";
import { instantToMs } from "../instant.ts";
import { formatReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import { ciOf } from "./ci-of.ts";
import type { StepOutcome } from "./outcome.ts";
import { pastFailures } from "./past-failures.ts";
import { retryAt } from "./retry-queue.ts";
import type { StepContext } from "./step-context.ts";

type BoundBuild = Extract<BoundStep, { kind: "build" }>;

/** A look that is older is done again: meanwhile somebody else may have built it. */
const freshMs = 5000;

/**
 * Looks whether the build must start: what it would push may be there already, a run may be on its way that
 * is followed, or it failed so often that it waits. Else gives how often it has failed.
 */
export async function lookBeforeBuild(bound: BoundBuild, context: StepContext): Promise<StepOutcome | number> {
  const { step, key, request } = bound;
  const there = await findBuilt(bound, context);
  if (there !== undefined) return there;
  const now = context.ports.clock.now();
  context.looks.set(step.id, instantToMs(now));
  if (context.retryAfterFailure === "now") return 0;
  const { settleMs } = context;
  const past = await pastFailures(ciOf(context.ports), request, { now, settleMs, ...callOf(context) });
  // It may be over by the time of a dispatch, which would then build the same again.
  if (past.adoptable !== undefined) return { step: step.id, state: "done", key, run: past.adoptable };
  const until = retryAt(past);
  if (until !== undefined && instantToMs(now) < instantToMs(until))
    return { step: step.id, state: "skipped", because: "backing-off", until };
  return past.attempts;
}

/** Starts the build, unless what it would push is there already. */
export async function runBuild(bound: BoundBuild, context: StepContext): Promise<StepOutcome> {
  const { step, key } = bound;
  const lookedMs = context.looks.get(step.id);
  const isFresh = lookedMs !== undefined && instantToMs(context.ports.clock.now()) - lookedMs <= freshMs;
  const there = isFresh ? undefined : await findBuilt(bound, context);
  if (there !== undefined) return there;
  const run = await ciOf(context.ports).dispatch(bound.request, callOf(context));
  context.startedRun(step, run);
  return { step: step.id, state: "done", key, run };
}

async function findBuilt(
  { step, key, destination }: BoundBuild,
  context: StepContext,
): Promise<StepOutcome | undefined> {
  const registry = registryFor(context.ports.registries, destination.registry);
  const found = await registry.resolve(destination, callOf(context));
  if (found.state === "present" && found.descriptor.digest !== step.replaces)
    return { step: step.id, state: "already-done", key, digest: found.descriptor.digest };
  if (found.state === "denied-or-absent" && context.definition.deniedMeans === "unknown") {
    const message = `The registry does not say whether ${formatReference(destination)} exists. Check the token, or set deniedMeans: "absent" for a new package.`;
    throw new BayplanError("DENIED", message);
  }
  return undefined;
}

function callOf({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}
