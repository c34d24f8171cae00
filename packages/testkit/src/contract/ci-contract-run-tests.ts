import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CiFixture } from "./ci-contract-fixture.ts";
import type { ContractTests } from "./contract-runner.ts";
import { drain, expectCode } from "./expect-code.ts";

/** What is done with runs: found, watched, cancelled. */
export const ciRunTests: ContractTests<CiFixture> = {
  "finds runs by their key, newest attempt first": async ({ ci, connect, request, server, target }) => {
    const first = await ci.dispatch(request());
    await server.end(first.id, "failure");
    const second = await ci.dispatch(request());
    await ci.dispatch(request("contract-12"));
    await server.startForeign();
    const query = { workflow: target.workflow, key: "contract-1", ...gitRepositoryOf(target) };
    const found = await drain(connect().findRuns(query));
    deepStrictEqual(
      found.map(({ run, status }) => [run, status.state]),
      [
        [second, found[0]?.status.state],
        [first, "completed"],
      ],
    );
    ok(found[0]?.status.state !== "completed", "the second attempt is not over");
  },
  "finds nothing under a key that nobody used": async ({ ci, request, target }) => {
    await ci.dispatch(request("contract-1"));
    const query = { workflow: target.workflow, key: "contract", ...gitRepositoryOf(target) };
    deepStrictEqual(await drain(ci.findRuns(query)), []);
  },
  "finds a run once lists show it": async ({ ci, connect, request, server, target }) => {
    server.listLate(30_000);
    const run = await ci.dispatch(request());
    const query = { workflow: target.workflow, key: "contract-1", ...gitRepositoryOf(target) };
    server.listLate(0);
    deepStrictEqual(
      (await drain(connect().findRuns(query))).map((found) => found.run),
      [run],
    );
  },
  "watches a run to its end, each change once": async ({ ci, request, server }) => {
    const run = await ci.dispatch(request());
    const states: string[] = [];
    for await (const status of ci.watch(run)) {
      states.push(status.state);
      if (status.state === "running") await server.end(run.id, "success");
      if (status.state === "completed") strictEqual(status.conclusion, "success");
    }
    deepStrictEqual(states, [...new Set(states)]);
    strictEqual(states.at(-1), "completed");
  },
  "ends the watch when the run fails": async ({ ci, request, server, watched }) => {
    const run = await ci.dispatch(request());
    await server.end(run.id, "failure");
    deepStrictEqual(await watched(run), [{ state: "completed", conclusion: "failure" }]);
  },
  "watches a run that another coordinator started": async ({ connect, request, server, watched }) => {
    const run = await connect().dispatch(request());
    await server.end(run.id, "success");
    deepStrictEqual((await watched(run)).at(-1), { state: "completed", conclusion: "success" });
  },
  "says that a run waits for approval, and goes on after it": async ({ ci, request, server }) => {
    server.holdForApproval();
    const run = await ci.dispatch(request());
    const states: string[] = [];
    for await (const { state } of ci.watch(run)) {
      states.push(state);
      if (state === "waiting-for-approval") server.approve(run.id);
      if (state === "running") await server.end(run.id, "success");
    }
    deepStrictEqual(states.slice(states.indexOf("waiting-for-approval")), [
      "waiting-for-approval",
      "running",
      "completed",
    ]);
  },
  "adopts a run that waits for approval": async ({ ci, connect, request, server }) => {
    server.holdForApproval();
    const run = await ci.dispatch(request());
    for await (const { state } of ci.watch(run)) {
      ok(state !== "running", "the run was held, and is said to run");
      if (state === "waiting-for-approval") break;
    }
    deepStrictEqual(await connect().dispatch(request()), run);
    strictEqual(server.runs().length, 1);
  },
  "stops watching with CANCELLED, and leaves the run alone": async ({ ci, request, stateOf }) => {
    const run = await ci.dispatch(request());
    const abort = new AbortController();
    await expectCode("CANCELLED", async () => {
      for await (const { state } of ci.watch(run, { signal: abort.signal })) if (state === "running") abort.abort();
    });
    strictEqual(stateOf(run), "alive");
  },
  "leaves a run alone that is not watched any more": async ({ ci, request, stateOf }) => {
    const run = await ci.dispatch(request());
    for await (const _ of ci.watch(run)) break;
    strictEqual(stateOf(run), "alive");
  },
  "cancels the run it is given, and no other": async ({ ci, request, server, stateOf, watched }) => {
    const foreign = await server.startForeign();
    const run = await ci.dispatch(request("contract-1"));
    const other = await ci.dispatch(request("contract-2"));
    await ci.cancel(run);
    // One that was not cancelled must fail the test, not hold it up.
    if (stateOf(run) === "alive") await server.end(run.id, "success");
    deepStrictEqual((await watched(run)).at(-1), { state: "completed", conclusion: "cancelled" });
    deepStrictEqual([stateOf(run), stateOf(other)], ["cancelled", "alive"]);
    strictEqual(server.runs().find(({ id }) => id === foreign)?.state, "alive");
  },
  "takes the cancellation of a run that is over for done": async ({ ci, request, server, stateOf }) => {
    const run = await ci.dispatch(request());
    await server.end(run.id, "success");
    await ci.cancel(run);
    strictEqual(stateOf(run), "over");
  },
  "refuses to cancel what somebody else started with NOT_ALLOWED": async ({
    ci,
    connect,
    request,
    server,
    stateOf,
  }) => {
    const run = await ci.dispatch(request());
    const foreign = await server.startForeign();
    await expectCode("NOT_ALLOWED", () => ci.cancel({ ...run, id: foreign }));
    await expectCode("NOT_ALLOWED", () => connect().cancel(run));
    deepStrictEqual([stateOf(run), stateOf({ ...run, id: foreign })], ["alive", "alive"]);
  },
};

function gitRepositoryOf({ gitRepository }: CiFixture["target"]): { readonly gitRepository?: string } {
  return gitRepository === undefined ? {} : { gitRepository };
}
