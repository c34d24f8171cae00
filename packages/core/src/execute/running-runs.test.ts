import { expect, it } from "vitest";
import { BayplanError } from "../errors.ts";
import type { CiAdapter, Run } from "../ports/ci.ts";
import { drawBuild, drawStep } from "../testing/drawn-steps.ts";
import { createRunningRuns } from "./running-runs.ts";

const runOf = (id: string): Run => ({ id, gitRepository: "o/r", url: "", attempt: 1 });

it("stops what a failed group has on its way or gets back later, and nothing else, whatever the CI says", async () => {
  const cancelled: string[] = [];
  const cancel = async ({ id }: Run) => {
    cancelled.push(id);
    throw new BayplanError(id === "a" ? "NOT_ALLOWED" : "UNAVAILABLE", "x");
  };
  const runs = createRunningRuns({ cancel } as unknown as CiAdapter);
  const builds = ["a", "b", "over"].map((id) => drawBuild(id, { group: "g" }));
  const test = drawStep("test", "t", { group: "g" });
  for (const [build] of builds) if (build !== undefined) runs.started(build, runOf(build.id));
  runs.started(drawStep("build", "other"), runOf("other"));
  runs.started(test, runOf("t"));
  for (const step of builds[2] ?? []) runs.ended(step);
  runs.ended(test);
  runs.cancel("g");
  runs.started(drawStep("build", "late", { group: "g" }), runOf("late"));
  await runs.settled();
  expect(cancelled).toEqual(["a", "b", "late"]);
});
