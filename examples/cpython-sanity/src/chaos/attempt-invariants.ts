import { type Plan, renderReport } from "@bayplan/core";
import { chaosHosts } from "./chaos-family.ts";
import type { ChaosAttempt, ChaosRun } from "./chaos-run.ts";

const hour = 3_600_000;

/** Every execution ends within a few hours, and throws only what somebody asked for. */
export function attemptsEnd(run: ChaosRun): readonly string[] {
  return run.attempts.flatMap((attempt) => {
    const { by, thrown, observedAtMs, endedAtMs } = attempt;
    const hours = (endedAtMs - observedAtMs) / hour;
    return [
      ...(hours > 3 ? [`${by} took ${hours} hours`] : []),
      ...(thrown !== undefined && !isExplained(attempt, run) ? [`${by} threw ${thrown}`] : []),
    ];
  });
}

/** Stopping is what somebody asked for, and plans grow old. */
function isExplained({ by, thrown, isDead }: ChaosAttempt, { schedule }: ChaosRun): boolean {
  if (thrown === "CANCELLED") return isDead || (by === "first" && schedule.stopAfterMs !== undefined);
  return thrown === "PLAN_EXPIRED" && by.endsWith(" again");
}

/** Every step has exactly one outcome, whatever happened, and the report names every node. */
export function accountedFor({ attempts }: ChaosRun): readonly string[] {
  return attempts.flatMap((attempt) => {
    const { by, result } = attempt;
    const plan = carriedOut(attempt);
    if (plan === undefined || result === undefined) return [];
    const [planned, ended] = [plan.steps.map(({ id }) => id), result.outcomes.map(({ step }) => step)];
    const report = JSON.parse(renderReport(plan, result, "json")) as { readonly nodes: readonly Reported[] };
    const reported = report.nodes.map(({ node }) => node.id);
    const missing = plan.nodes.filter(({ id }) => !reported.includes(id));
    const broken = result.outcomes.filter((outcome) => outcome.state === "failed" && outcome.code === "INTERNAL");
    return [
      ...(planned.toSorted().join() === ended.toSorted().join() ? [] : [`${by}: not every step has one outcome`]),
      ...missing.map(({ id }) => `${by}: ${id} is not in the report`),
      ...broken.map((outcome) => `${by}: ${JSON.stringify(outcome)}`),
    ];
  });
}

/** The plan that the outcomes are of. */
function carriedOut({ plans, result }: ChaosAttempt): Plan | undefined {
  return result?.replanned ?? plans[0];
}

interface Reported {
  readonly node: { readonly id: string };
}

/** A tag that is reported as written did show the image at some time. */
export function doneMeansDone({ attempts, world }: ChaosRun): readonly string[] {
  return attempts.flatMap((attempt) =>
    (attempt.result?.outcomes ?? []).flatMap((outcome) => {
      const step = carriedOut(attempt)?.steps.find(({ id }) => id === outcome.step);
      if (step?.kind !== "tag" || (outcome.state !== "done" && outcome.state !== "already-done")) return [];
      const { repository, tag } = step;
      const isWritten = world.ledger.entries.some(
        (entry) => entry.repository === repository.repository && entry.tag === tag && entry.to === outcome.digest,
      );
      return isWritten ? [] : [`${attempt.by}: ${outcome.step} is ${outcome.state}, and the tag never showed it`];
    }),
  );
}

/** Nothing is planned for what is unknown, and nothing is built that was there as long as a read can be stale. */
export function nothingBuiltNeedlessly({ attempts, schedule, world }: ChaosRun): readonly string[] {
  const since = new Map<string, number>();
  for (const { registry, repository, tag, atMs, actor } of world.ledger.entries) {
    const reference = `${registry}/${repository}:${tag}`;
    // What was published before was there before the first request: no read is as stale as that.
    since.set(reference, since.get(reference) ?? (actor === "history" ? Number.NEGATIVE_INFINITY : atMs));
  }
  // A plan that is executed again was judged when it was made.
  const planned = attempts.filter(({ by }) => !by.endsWith(" again"));
  return planned.flatMap(({ by, plans: [plan], observedAtMs }) =>
    (plan?.nodes ?? []).flatMap(({ id, state, reference }) => {
      const steps = (plan?.steps ?? []).filter(({ node }) => node === id);
      const isOpen = state.state === "unknown" || state.state === "blocked";
      if (isOpen && steps.length > 0) return [`${by}: ${id} is ${state.state} and has steps`];
      const isBuilt = steps.some(({ kind }) => kind === "build");
      const isThere = (since.get(reference) ?? Number.POSITIVE_INFINITY) < observedAtMs - schedule.staleMs;
      return isBuilt && isThere ? [`${by}: ${id} is to be built although it is there`] : [];
    }),
  );
}

/** Every run builds something that a plan says, where the definition says. */
export function runsBelongToPlans({ attempts, world }: ChaosRun): readonly string[] {
  const steps = attempts.flatMap(({ plans }) => plans.flatMap((plan) => plan.steps));
  const planned = new Set(
    steps.flatMap((step) => {
      if (step.kind === "build") return [`build ${step.image} ${step.version}`];
      return step.kind === "test" ? [`test ${step.node.split("@")[0]}`] : [];
    }),
  );
  return world.github.runs.flatMap(({ workflow, inputs }) => {
    const tested = world.ledger.images.get(inputs["tested"]?.split("@")[1] as never);
    const what =
      workflow === "test.yml" ? `test ${tested?.image}` : `build ${workflow.replace(".yml", "")} ${inputs["version"]}`;
    const place = inputs["tested"] ?? inputs["destination"];
    const isOwn = place?.startsWith(`${chaosHosts.registry}/`) === true;
    return planned.has(what) && isOwn ? [] : [`there is a run to ${what}, which is in no plan`];
  });
}
