import { expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import type { CiAdapter } from "../ports/ci.ts";
import { createWorld } from "../testing/cpython-world.ts";
import { outcomeOf } from "../testing/outcomes.ts";
import { execute } from "./execute.ts";

const config: FamilyConfig = {
  name: "tested",
  repository: "ghcr.io/o/{image}",
  version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
  images: { app: { workflow: "app.yml" } },
  tags: ["{version}"],
  test: "test.yml",
  planValidMinutes: 600,
};

/** A world in which an execution was broken off while the image was being tested. */
async function brokenOff() {
  const world = createWorld(config);
  const plan = await world.plan();
  const stop = new AbortController();
  const onProgress = ({ step }: { readonly step: string }) => {
    if (step === "test:app@3.14.3t") void world.clock.sleep(60_000).then(() => stop.abort());
  };
  const result = await world.execute(plan, { signal: stop.signal, onProgress });
  expect(outcomeOf(result, "test:app@3.14.3t").state).toBe("skipped");
  return { world, plan };
}

const tests = (world: ReturnType<typeof createWorld>) =>
  world.ci.dispatched.filter(({ workflow }) => workflow === "test.yml");

it("follows a test that is under way, and starts none although it ends before it could be asked for again", async () => {
  const { world, plan } = await brokenOff();
  const ci: CiAdapter = {
    ...world.ci,
    async *findRuns(query) {
      for await (const seen of world.ci.findRuns(query)) {
        // The answer is on its way while the run ends.
        await world.clock.sleep(3_600_000);
        yield seen;
      }
    },
  };
  const result = await execute(plan, { ...world.ports, ci }, { definition: world.family }).result;
  expect(result.state).toBe("complete");
  expect(outcomeOf(result, "test:app@3.14.3t")).toMatchObject({ state: "done", run: { attempt: 1 } });
  expect(tests(world)).toHaveLength(1);
});

it("does not test again what has passed", async () => {
  const { world, plan } = await brokenOff();
  await world.clock.sleep(3_600_000);
  const result = await world.execute(plan);
  expect(outcomeOf(result, "test:app@3.14.3t")).toMatchObject({ state: "already-done", run: { attempt: 1 } });
  expect(tests(world)).toHaveLength(1);
});

it("tests again what has failed", async () => {
  const world = createWorld(config);
  const plan = await world.plan();
  world.build = ({ workflow }) => (workflow === "test.yml" ? { conclusion: "failure" } : {});
  expect(outcomeOf(await world.execute(plan), "test:app@3.14.3t")).toMatchObject({ code: "RUN_FAILED" });
  world.build = () => ({});
  const result = await world.execute(plan);
  expect(outcomeOf(result, "test:app@3.14.3t")).toMatchObject({ state: "done", run: { attempt: 2 } });
});
