import type { SimulatedJob, SimulatedWorkflow } from "./simulated-workflow.ts";

/**
 * The jobs of a workflow by name, each after those it needs. Throws for needs that no order fulfils: GitHub refuses such
 * a file, so a test that has one is wrong.
 */
export function jobsOf(workflow: SimulatedWorkflow): ReadonlyMap<string, SimulatedJob> {
  const jobs = workflow.jobs ?? { build: { run: workflow.run ?? (async () => {}) } };
  const ordered = new Map<string, SimulatedJob>();
  for (let left = Object.entries(jobs); left.length > 0; ) {
    const ready = left.filter(([, job]) => (job.needs ?? []).every((name) => ordered.has(name)));
    if (ready.length === 0) throw new TypeError(`The jobs ${left.map(([name]) => name).join(", ")} need one another.`);
    for (const [name, job] of ready) ordered.set(name, job);
    left = left.filter(([name]) => !ordered.has(name));
  }
  return ordered;
}

/** The failed jobs, and those that need them; what a re-run of failed jobs runs again. */
export function jobsToRepeat(workflow: SimulatedWorkflow, failed: readonly string[]): readonly string[] {
  const repeated = new Set(failed);
  for (const [name, { needs = [] }] of jobsOf(workflow)) if (needs.some((one) => repeated.has(one))) repeated.add(name);
  return [...repeated];
}
