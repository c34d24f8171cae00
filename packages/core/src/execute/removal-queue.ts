import { BayplanError, isBayplanError } from "../errors.ts";
import { instantToMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import { digestReference, formatRepository, type RepositoryName, tagReference } from "../oci/reference.ts";
import type { DeleteStep, Plan, UntagStep } from "../plan/plan.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { ExecutePorts } from "../ports/ports.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { ManifestLinks } from "../retention/inventory.ts";
import { checkDelete, checkUntag, type RemovalVerdict } from "./check-removal.ts";
import { inTurnByName } from "./in-turn-by-name.ts";
import type { StepOutcome } from "./outcome.ts";
import { refusalOfError } from "./refusal-of-error.ts";
import { type RepositoryLook, takeLook } from "./repository-look.ts";

/** The removals of an execution: those of one repository one after the other, many at once where the registry can. */
export interface RemovalQueue {
  /** Removes it when its turn comes. Never rejects. */
  run(step: UntagStep | DeleteStep, call: CallOptions): Promise<StepOutcome>;
}

/** A look at a repository serves this long; adapters look at each manifest again right before they delete it. */
const longestLookMs = 5 * 60_000;
/** How many deletions go to the registry together. */
const batchSize = 500;
/** Turns in which what has just become ready may still come along. */
const gatheringTurns = 32;

interface Waiting {
  readonly step: UntagStep | DeleteStep;
  readonly call: CallOptions;
  readonly end: (outcome: StepOutcome) => void;
}

interface WaitingDelete extends Waiting {
  readonly step: DeleteStep;
}

interface Repository {
  readonly name: RepositoryName;
  readonly registry: RegistryAdapter;
  readonly planned: ReadonlySet<Digest>;
  readonly links: Map<Digest, ManifestLinks>;
  readonly waiting: Waiting[];
  isWorking: boolean;
  look: RepositoryLook | undefined;
  /** Which turn of the repository the look is of. */
  turn: number;
  /** That the registry has had enough of us: the rest is not even tried. */
  limited: string | undefined;
}

/** Counts whose turn it was, so that nobody goes on with a look from before somebody else's. */
const turns = new Map<string, number>();

/** An empty queue. */
export function createRemovalQueue(plan: Plan, ports: ExecutePorts): RemovalQueue {
  const repositories = new Map<string, Repository>();
  const openRepository = ({ repository: name }: UntagStep | DeleteStep): Repository => {
    const key = formatRepository(name);
    const known = repositories.get(key);
    if (known !== undefined) return known;
    const planned = plan.steps.flatMap((step) => {
      return step.kind === "delete" && formatRepository(step.repository) === key ? [step.digest] : [];
    });
    const opened: Repository = {
      ...{ name, registry: registryFor(ports.registries, name.registry), planned: new Set(planned) },
      ...{ links: new Map(), waiting: [], isWorking: false, look: undefined, turn: -1, limited: undefined },
    };
    repositories.set(key, opened);
    return opened;
  };
  const work = async (repository: Repository): Promise<void> => {
    const key = formatRepository(repository.name);
    await inTurnByName(key, async () => {
      const turn = (turns.get(key) ?? 0) + 1;
      turns.set(key, turn);
      if (repository.turn !== turn - 1) repository.look = undefined;
      for (;;) {
        for (let count = 0; count < gatheringTurns; count += 1) await undefined;
        const batch = takeBatch(repository.waiting);
        if (batch.length === 0) break;
        await runBatch(batch, repository, { plan, ports });
      }
      repository.turn = turn;
      repository.isWorking = false;
    });
  };
  return {
    run: (step, call) =>
      new Promise((end) => {
        let repository: Repository;
        try {
          repository = openRepository(step);
        } catch (error) {
          end(outcomeOfError(step, error, call));
          return;
        }
        repository.waiting.push({ step, call, end });
        if (repository.isWorking) return;
        repository.isWorking = true;
        void work(repository);
      }),
  };
}

/** The first that waits; where that is a deletion, others with it. */
function takeBatch(waiting: Waiting[]): readonly Waiting[] {
  const untag = waiting.findIndex(({ step }) => step.kind === "untag");
  return untag < 0 ? waiting.splice(0, batchSize) : waiting.splice(untag, 1);
}

async function runBatch(
  batch: readonly Waiting[],
  repository: Repository,
  world: { readonly plan: Plan; readonly ports: ExecutePorts },
): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const ended = new Set<Waiting>();
  const end = (one: Waiting, outcome: StepOutcome) => {
    if (ended.has(one)) return;
    ended.add(one);
    if (outcome.state === "refused" && outcome.reason === "rate-limited") repository.limited ??= outcome.message;
    one.end(outcome);
  };
  try {
    if (repository.limited !== undefined) {
      for (const one of batch) end(one, refused(one.step, "rate-limited", repository.limited));
      return;
    }
    const missing = await lookAgain(repository, world, first.call);
    if (missing !== undefined) {
      for (const one of batch) end(one, outcomeOfLook(one, missing));
      return;
    }
    const allowed: Waiting[] = [];
    for (const one of batch) {
      try {
        const verdict = await check(one, repository);
        if (verdict.state === "go") allowed.push(one);
        else end(one, outcomeOfVerdict(one.step, verdict));
      } catch (error) {
        end(one, outcomeOfError(one.step, error, one.call));
      }
    }
    await remove(allowed, repository, end);
  } catch (error) {
    for (const one of batch) end(one, outcomeOfError(one.step, error, one.call));
  }
}

/** The error that stands in the way of a look; `undefined` where there is none. */
async function lookAgain(
  repository: Repository,
  { plan, ports }: { readonly plan: Plan; readonly ports: ExecutePorts },
  call: CallOptions,
): Promise<{ readonly error: unknown } | undefined> {
  const nowMs = instantToMs(ports.clock.now());
  const { look, name, registry, planned, links } = repository;
  if (look !== undefined && nowMs - look.takenMs <= longestLookMs) return undefined;
  repository.look = undefined;
  const source = { repository: name, registry, planned, links, plannedAt: plan.plannedAt };
  try {
    repository.look = await takeLook(source, nowMs, call);
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Without a look nothing is removed. That is a failure, unless the registry has only had enough of us. */
function outcomeOfLook({ step, call }: Waiting, { error }: { readonly error: unknown }): StepOutcome {
  const isLimit = isBayplanError(error) && error.code === "RATE_LIMITED";
  if (isLimit || !isBayplanError(error) || error.code === "CANCELLED") return outcomeOfError(step, error, call);
  return { step: step.id, state: "failed", code: error.code, message: error.message };
}

function check({ step, call }: Waiting, repository: Repository): Promise<RemovalVerdict> {
  return step.kind === "untag" ? checkUntag(step, repository, call) : checkDelete(step, repository, call);
}

async function remove(
  allowed: readonly Waiting[],
  repository: Repository,
  end: (one: Waiting, outcome: StepOutcome) => void,
): Promise<void> {
  const { registry, look } = repository;
  const finish = (one: Waiting) => {
    const { step } = one;
    look?.forget(step.kind === "untag" ? { tag: step.tag } : { digest: step.digest });
    end(one, doneOutcome(step));
  };
  const deletes = allowed.filter((one): one is WaitingDelete => one.step.kind === "delete");
  if (registry.deleteManifests !== undefined && deletes.length > 0) {
    const call = deletes[0]?.call ?? {};
    const orders = deletes.map(({ step }) => ({
      target: digestReference(step.repository, step.digest),
      expected: step.expected,
    }));
    const outcomes = await registry.deleteManifests(repository.name, orders, call);
    for (const [place, one] of deletes.entries()) {
      const outcome = outcomes[place]?.[1];
      if (outcome === undefined) {
        const message = `The adapter ${registry.id} did not say what became of ${one.step.digest}.`;
        end(one, outcomeOfError(one.step, new BayplanError("RESPONSE_INVALID", message), call));
      } else if ("error" in outcome) end(one, outcomeOfError(one.step, outcome.error, call));
      else finish(one);
    }
    return;
  }
  for (const one of allowed) {
    const { step, call } = one;
    try {
      if (call.signal?.aborted === true) throw new BayplanError("CANCELLED", "The execution was cancelled.");
      if (repository.limited !== undefined) {
        end(one, refused(step, "rate-limited", repository.limited));
        continue;
      }
      if (step.kind === "untag") await registry.untag?.(tagReference(step.repository, step.tag), step.expected, call);
      else await registry.deleteManifest?.(digestReference(step.repository, step.digest), step.expected, call);
      finish(one);
    } catch (error) {
      end(one, outcomeOfError(step, error, call));
    }
  }
}

function doneOutcome(step: UntagStep | DeleteStep): StepOutcome {
  const digest = step.kind === "untag" ? step.expected : step.digest;
  const tags = step.kind === "untag" ? [step.tag] : step.expected.tags;
  return { step: step.id, state: "done", digest, removed: { tags } };
}

function outcomeOfVerdict(
  step: UntagStep | DeleteStep,
  verdict: Exclude<RemovalVerdict, { state: "go" }>,
): StepOutcome {
  if (verdict.state === "refused") return refused(step, verdict.reason, `${verdict.why} Nothing was removed.`);
  return { step: step.id, state: "already-done", digest: step.kind === "untag" ? step.expected : step.digest };
}

function outcomeOfError(step: UntagStep | DeleteStep, error: unknown, call: CallOptions): StepOutcome {
  if (isBayplanError(error) && error.code === "CANCELLED" && call.signal?.aborted === true)
    return { step: step.id, state: "skipped", because: "cancelled" };
  const message = error instanceof Error ? error.message : String(error);
  const reason = refusalOfError(error, step.kind);
  if (reason !== undefined) return refused(step, reason, message);
  return { step: step.id, state: "failed", code: isBayplanError(error) ? error.code : "INTERNAL", message };
}

function refused(
  step: UntagStep | DeleteStep,
  reason: Extract<StepOutcome, { state: "refused" }>["reason"],
  message: string,
): StepOutcome {
  return { step: step.id, state: "refused", reason, message };
}
