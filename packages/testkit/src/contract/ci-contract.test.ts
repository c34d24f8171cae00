import { BayplanError, type CiAdapter, type RunStatus } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createPlainCi, type PlainCi } from "../testing/plain-ci.ts";
import { type CiContractOptions, ciContract, ciContractTests } from "./ci-contract.ts";
import type { CiUnderTest } from "./ci-contract-fixture.ts";

type Breakage = (good: CiAdapter, plain: PlainCi) => Partial<CiAdapter>;

async function createUnderTest(breakIt: Breakage = () => ({})): Promise<CiUnderTest> {
  const plain = createPlainCi();
  return {
    connect: () => {
      const good = plain.connect();
      return { ...good, ...breakIt(good, plain) };
    },
    target: { workflow: "build.yml", ref: "main", inputs: {} },
    server: plain.server,
    dispose: async () => {},
  };
}

/** Runs the contract and gives the names of the tests that failed. */
async function failures(create: CiContractOptions["create"]): Promise<readonly string[]> {
  const tests: [string, () => Promise<void>][] = [];
  ciContract({
    runner: { describe: (_, body) => body(), it: (name, body) => tests.push([name, body]) },
    create,
  });
  const failed: string[] = [];
  for (const [name, body] of tests) await body().catch(() => failed.push(name));
  return failed;
}

ciContract({ runner: { describe, it }, create: () => createUnderTest() });

describe("the CI contract", () => {
  const runFor = (plain: PlainCi, id: string) => plain.runs.find((run) => run.id === id);
  const started = async (plain: PlainCi, key: string, attempt: number) => {
    const run = await plain.post(key, attempt);
    return { id: run.id, gitRepository: "octo/images", url: `https://ci.example/${run.id}`, attempt };
  };
  const mutants: Readonly<Record<string, readonly [Breakage, RegExp]>> = {
    "never adopts": [
      (_, plain) => ({ dispatch: ({ key, attempt }) => started(plain, key, attempt) }),
      /^adopts a run in flight, whoever started it/,
    ],
    "adopts whatever runs": [
      (good, plain) => ({
        dispatch: async (request, options) => {
          const newest = plain.runs.findLast(({ status }) => status.state !== "completed");
          if (newest === undefined) return good.dispatch(request, options);
          return { id: newest.id, gitRepository: "octo/images", url: "https://ci.example", attempt: newest.attempt };
        },
      }),
      /^does not adopt what somebody else runs/,
    ],
    "finds keys that begin alike": [
      (good) => ({
        async *findRuns(query, options) {
          yield* good.findRuns(query, options);
          if (query.key === "contract") yield* good.findRuns({ ...query, key: "contract-1" }, options);
        },
      }),
      /^finds nothing under a key that nobody used/,
    ],
    "sends again when the answer is lost": [
      (good, plain) => ({
        dispatch: async ({ key, attempt, ...rest }, options) => {
          if (plain.list().some((run) => run.key === key)) return good.dispatch({ key, attempt, ...rest }, options);
          return started(plain, key, attempt).catch(() => started(plain, key, attempt));
        },
      }),
      /^finds the run whose answer was lost/,
    ],
    "gives up looking at once": [
      (good, plain) => ({
        dispatch: async ({ key, attempt, ...rest }, options) => {
          if (plain.runs.some((run) => run.key === key)) return good.dispatch({ key, attempt, ...rest }, options);
          return started(plain, key, attempt).catch(() => {
            if (plain.list().some((run) => run.key === key)) return good.dispatch({ key, attempt, ...rest }, options);
            throw new BayplanError("UNAVAILABLE", "The answer was lost.");
          });
        },
      }),
      /^waits for the run whose answer was lost/,
    ],
    "takes a lost dispatch for a started one": [
      (good) => ({
        dispatch: (request, options) =>
          good.dispatch(request, options).catch((error: unknown) => {
            if (error instanceof BayplanError && error.code === "UNAVAILABLE") {
              return { id: "1", gitRepository: "octo/images", url: "https://ci.example", attempt: 1 };
            }
            throw error;
          }),
      }),
      /^does not take a lost answer for a success/,
    ],
    "adopts failed runs": [
      (good) => ({
        dispatch: async (request, options) => {
          for await (const { run, status } of good.findRuns(request)) {
            if (status.state === "completed" && status.conclusion === "failure") return run;
          }
          return good.dispatch(request, options);
        },
      }),
      /^starts the next attempt after a run that failed/,
    ],
    "counts no attempts": [
      (good) => ({
        dispatch: async (request, options) => ({ ...(await good.dispatch(request, options)), attempt: 1 }),
      }),
      /^starts the attempt that is asked for/,
    ],
    "leaves its duplicate running": [
      (good, plain) => ({
        dispatch: async (request, options) => {
          const before = new Set(plain.runs.map(({ id }) => id));
          const run = await good.dispatch(request, options);
          for (const other of plain.runs) if (!before.has(other.id)) other.status = { state: "running" };
          return run;
        },
      }),
      /^settles two coordinators/,
    ],
    "cancels every other run of the key": [
      (good, plain) => ({
        dispatch: async (request, options) => {
          const run = await good.dispatch(request, options);
          for (const other of plain.runs) {
            if (other.id !== run.id && other.key === request.key && other.status.state !== "completed") {
              other.status = { state: "completed", conclusion: "cancelled" };
            }
          }
          return run;
        },
      }),
      /^never cancels the run that another coordinator was given/,
    ],
    "ignores the signal of a dispatch": [
      (good) => ({ dispatch: (request) => good.dispatch(request) }),
      /^starts nothing when it is cancelled before/,
    ],
    "lists oldest first": [
      (good) => ({
        async *findRuns(query, options) {
          const all = [];
          for await (const found of good.findRuns(query, options)) all.unshift(found);
          yield* all;
        },
      }),
      /^finds runs by their key, newest attempt first/,
    ],
    "repeats what has not changed": [
      (good) => ({
        async *watch(run, options) {
          for await (const status of good.watch(run, options)) yield* [status, status];
        },
      }),
      /^watches a run to its end, each change once/,
    ],
    "stops before the end": [
      (good) => ({
        async *watch(run, options) {
          for await (const status of good.watch(run, options)) if (status.state !== "completed") yield status;
        },
      }),
      /^ends the watch when the run fails/,
    ],
    "takes approval for queueing": [
      (good) => ({
        async *watch(run, options) {
          for await (const status of good.watch(run, options)) {
            const hidden: RunStatus = { state: "queued" };
            yield status.state === "waiting-for-approval" ? hidden : status;
            // Or the test would wait for ever.
            if (status.state === "waiting-for-approval") throw new Error("never approved");
          }
        },
      }),
      /^says that a run waits for approval/,
    ],
    "stops watching in silence": [
      (good) => ({
        async *watch(run, options) {
          try {
            yield* good.watch(run, options);
          } catch {}
        },
      }),
      /^stops watching with CANCELLED/,
    ],
    "cancels what it does not watch any more": [
      (good, plain) => ({
        async *watch(run, options) {
          let isOver = false;
          try {
            for await (const status of good.watch(run, options)) {
              isOver = status.state === "completed";
              yield status;
            }
          } finally {
            const stopped = runFor(plain, run.id);
            if (!isOver && stopped !== undefined) stopped.status = { state: "completed", conclusion: "cancelled" };
          }
        },
      }),
      /^leaves a run alone that is not watched any more/,
    ],
    "cancels anything": [
      (_, plain) => ({
        cancel: async ({ id }) => {
          const run = runFor(plain, id);
          if (run !== undefined) run.status = { state: "completed", conclusion: "cancelled" };
        },
      }),
      /^refuses to cancel what somebody else started/,
    ],
    "does not cancel": [() => ({ cancel: async () => {} }), /^cancels the run it is given/],
    "fails to cancel what is over": [
      (good, plain) => ({
        cancel: async (run) => {
          if (runFor(plain, run.id)?.status.state === "completed") throw new BayplanError("CONFLICT", "It is over.");
          await good.cancel(run);
        },
      }),
      /^takes the cancellation of a run that is over/,
    ],
  };
  for (const [name, [breakIt, expected]] of Object.entries(mutants)) {
    it(`catches an adapter that ${name}`, async () => {
      expect(await failures(() => createUnderTest(breakIt))).toContainEqual(expect.stringMatching(expected));
    });
  }

  it("disposes after every test, failed ones included", async () => {
    let disposed = 0;
    await failures(async () => ({
      ...(await createUnderTest(() => ({ dispatch: () => Promise.reject(new Error("broken")) }))),
      dispose: async () => void disposed++,
    }));
    expect(disposed).toBe(ciContractTests.length);
  });

  it("refuses a skip without a reason, or of a test that does not exist", () => {
    const run = (skip: NonNullable<CiContractOptions["skip"]>) => () =>
      ciContract({ runner: { describe: () => {}, it: () => {} }, create: () => createUnderTest(), skip });
    expect(run([{ reason: " ", tests: [ciContractTests[0] ?? ""] }])).toThrow(TypeError);
    expect(run([{ reason: "because", tests: ["no such test"] }])).toThrow(TypeError);
    expect(run([])).not.toThrow();
  });
});
