import { BayplanError } from "../errors.ts";
import { addMs, type Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { RefusedRemoval, RetentionEvaluation, RetentionReasons } from "../retention/evaluation.ts";
import { orderRemovals } from "../retention/order-removals.ts";
import { planGuards, planRefusals, withoutFresh } from "../retention/plan-guards.ts";
import type { RetentionGuards } from "../retention/retention-policy.ts";
import type { RefusalReason } from "../retention/retention-reason.ts";
import type { DeleteStep, Plan, PlannedCleanUp, UntagStep } from "./plan.ts";
import { planId } from "./plan-id.ts";

/** How a clean-up is planned. */
export interface RetentionPlanOptions {
  /** The name of the definition it is executed with. */
  readonly family: string;
  /** Which repository the evaluation is of, where it does not say so itself. */
  readonly repository?: RepositoryName;
  /**
   * Each guard that is given takes the place of the usual one: nothing younger than an hour, at most 1000 manifests and
   * half of all, never the last one, never the last tagged one. `maxDeletions` takes the place of both its limits, and a
   * `delay` of `0h` is none. What was pushed at an unknown time is held by a `delay` that is given, not by the usual one.
   */
  readonly guards?: RetentionGuards;
  /** How long the plan may be executed, in milliseconds. Default one hour. */
  readonly validMs?: number;
}

/** A plan carries no more reasons than this for one step; the first ones say most. */
const mostReasons = 100;
const mostRefused = 1000;

/**
 * Makes a plan of what an evaluation lets go: tags to take away, and manifests to delete, each after what contains it and
 * what it is attached to. Each step says what was seen, so that it can be checked again right before it is done. The plan
 * is the dry run. Guards that stand in the way leave it without steps, and `cleanUps` says why.
 *
 * @param evaluation - One, or those of several repositories.
 * @throws BayplanError `INVALID_INPUT` where it is not known which repository an evaluation is of, or two are of one.
 */
export function planRetention(
  evaluation: RetentionEvaluation | readonly RetentionEvaluation[],
  now: Instant,
  options: RetentionPlanOptions,
): Plan {
  const all = isMany(evaluation) ? evaluation : [evaluation];
  const parts = all.map((one) => planRepository(one, now, options));
  const twice = parts.find(({ cleanUp }, place) => {
    return parts.findIndex((other) => other.cleanUp.repository === cleanUp.repository) !== place;
  });
  if (twice !== undefined)
    throw new BayplanError("INVALID_INPUT", `There are two evaluations of ${twice.cleanUp.repository}. Pass one.`);
  const plan: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: options.family,
    plannedAt: now,
    expiresAt: addMs(now, options.validMs ?? 3_600_000),
    steps: parts.flatMap(({ steps }) => steps),
    nodes: [],
    unresolved: [],
    cleanUps: parts.map(({ cleanUp }) => cleanUp),
  };
  return { ...plan, id: planId(plan) };
}

function isMany(
  evaluation: RetentionEvaluation | readonly RetentionEvaluation[],
): evaluation is readonly RetentionEvaluation[] {
  return Array.isArray(evaluation);
}

function planRepository(
  evaluation: RetentionEvaluation,
  now: Instant,
  options: RetentionPlanOptions,
): { readonly steps: readonly (UntagStep | DeleteStep)[]; readonly cleanUp: PlannedCleanUp } {
  const repository = evaluation.repository ?? options.repository;
  if (repository === undefined) {
    const message = "It is not known which repository the evaluation is of. Pass `repository`.";
    throw new BayplanError("INVALID_INPUT", message);
  }
  const guards = { ...planGuards, ...options.guards };
  const stopped: readonly RefusalReason[] = [...evaluation.stopped, ...planRefusals(evaluation, guards)];
  const [stop] = stopped;
  const removals = { deletes: orderRemovals(evaluation.delete), untags: evaluation.untag };
  const { deletes, untags, refused } = withoutFresh(
    removals,
    { delay: guards.delay, isAsked: options.guards?.delay !== undefined },
    now,
  );
  const allRefused = [...evaluation.refused, ...(stop === undefined ? refused : barred(evaluation, stop))];
  const steps = stop === undefined ? stepsOf({ deletes, untags }, repository) : [];
  const deleted = steps.filter(({ kind }) => kind === "delete").length;
  const manifests = evaluation.keep.length + evaluation.delete.length;
  return {
    steps,
    cleanUp: {
      repository: formatRepository(repository),
      manifests,
      keeps: manifests - deleted,
      stopped,
      refused: allRefused.slice(0, mostRefused).map(({ digest, tag, reasons }) => ({
        digest,
        ...(tag !== undefined && { tag }),
        reasons: someOf(reasons),
      })),
      ...(allRefused.length > mostRefused && { moreRefused: allRefused.length - mostRefused }),
      ...(evaluation.notices.length > 0 && { notices: evaluation.notices.slice(0, mostRefused) }),
    },
  };
}

/** What the evaluation lets go and the plan does not. */
function barred(evaluation: RetentionEvaluation, stop: RefusalReason): readonly RefusedRemoval[] {
  const { delete: deleted, untag } = evaluation;
  return [
    ...deleted.map(({ digest, reasons }) => ({ digest, reasons: [stop, ...reasons] as const })),
    ...untag.map(({ digest, tag, reasons }) => ({ digest, tag, reasons: [stop, ...reasons] as const })),
  ];
}

function stepsOf(
  { deletes, untags }: Pick<ReturnType<typeof withoutFresh>, "deletes" | "untags">,
  { registry, repository }: RepositoryName,
): readonly (UntagStep | DeleteStep)[] {
  const name: RepositoryName = { registry, repository };
  const node = formatRepository(name);
  const idOf = (digest: Digest) => `delete:${node}@${digest}`;
  const untagging = untags.map(({ tag, digest, reasons }): UntagStep => {
    const id = `untag:${node}:${tag}`;
    return {
      ...{ kind: "untag", id, dependsOn: [], group: id, node, repository: name, tag, expected: digest },
      reasons: someOf(reasons),
    };
  });
  const deleting = deletes.map(({ removal, needs, unit }): DeleteStep => {
    const { digest, tags, parents, referrers } = removal;
    return {
      ...{ kind: "delete", id: idOf(digest), dependsOn: needs.map(idOf), group: idOf(unit), node, repository: name },
      digest,
      expected: { tags, parents, ...(referrers !== undefined && { referrers }) },
      reasons: someOf(removal.reasons),
    };
  });
  return [...untagging, ...deleting];
}

function someOf([first, ...others]: RetentionReasons): RetentionReasons {
  return [first, ...others.slice(0, mostReasons - 1)];
}
