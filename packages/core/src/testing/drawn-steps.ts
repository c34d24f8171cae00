import type { Step } from "../plan/plan.ts";

/** What is said of a step that is only scheduled, never done. */
export interface DrawnStep {
  readonly needs?: readonly string[];
  readonly group?: string;
  readonly host?: string;
  /** Of a wait: the build whose image it waits for. */
  readonly build?: string;
}

/** A step of which only what scheduling reads is there. */
export function drawStep(
  kind: Step["kind"],
  id: string,
  { needs = [], group = id, host = "r", build }: DrawnStep = {},
): Step {
  const repository = { registry: host, repository: "a" };
  const step = { kind, id, dependsOn: needs, group, node: id, image: id, repository, from: repository, tags: [] };
  return { ...step, ...(build === undefined ? {} : { build }) } as unknown as Step;
}

/** A build and the wait for it; the wait is called `wait:` and the id. */
export function drawBuild(id: string, more: DrawnStep = {}): readonly Step[] {
  const wait = { ...more, needs: [id], build: id };
  return [drawStep("build", id, more), drawStep("await-image", `wait:${id}`, wait)];
}
