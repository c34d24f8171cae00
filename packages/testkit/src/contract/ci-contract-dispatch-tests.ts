import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CiFixture } from "./ci-contract-fixture.ts";
import type { ContractTests } from "./contract-runner.ts";
import { expectCode } from "./expect-code.ts";

// Longer than one look, shorter than an adapter whose dispatches are not told their run must wait for it.
const lagMs = 30_000;

/** One run for one key: adoption, attempts, lost answers, coordinators that meet. */
export const ciDispatchTests: ContractTests<CiFixture> = {
  "starts one run, and says which": async ({ ci, request, server }) => {
    const run = await ci.dispatch(request());
    deepStrictEqual(server.runs(), [{ id: run.id, state: "alive" }]);
    strictEqual(run.attempt, 1);
    ok(URL.canParse(run.url), `${run.url} is no address`);
  },
  "adopts a run in flight, whoever started it": async ({ ci, connect, request, server }) => {
    const run = await ci.dispatch(request());
    deepStrictEqual(await ci.dispatch(request()), run);
    deepStrictEqual(await connect().dispatch(request()), run);
    strictEqual(server.runs().length, 1);
  },
  "gives every key a run of its own": async ({ ci, request, server }) => {
    const one = await ci.dispatch(request("contract-1"));
    const other = await ci.dispatch(request("contract-12"));
    notStrictEqual(one.id, other.id);
    deepStrictEqual(await ci.dispatch(request("contract-1")), one);
    strictEqual(server.runs().length, 2);
  },
  "does not adopt what somebody else runs": async ({ ci, request, server }) => {
    const foreign = await server.startForeign();
    const run = await ci.dispatch(request());
    notStrictEqual(run.id, foreign);
    strictEqual(server.runs().length, 2);
  },
  "starts one run for calls at the same time": async ({ ci, request, server }) => {
    const runs = await Promise.all([ci.dispatch(request()), ci.dispatch(request()), ci.dispatch(request())]);
    strictEqual(new Set(runs.map(({ id }) => id)).size, 1);
    strictEqual(server.runs().length, 1);
  },
  "starts one run for calls one after another, while lists lag": async ({ ci, request, server }) => {
    server.listLate(lagMs);
    const run = await ci.dispatch(request());
    deepStrictEqual(await ci.dispatch(request()), run);
    strictEqual(server.runs().length, 1);
  },
  "finds the run whose answer was lost, without a second dispatch": async ({ ci, request, server }) => {
    server.loseNextAnswer();
    const run = await ci.dispatch(request());
    deepStrictEqual(
      server.runs().map(({ id }) => id),
      [run.id],
    );
  },
  "waits for the run whose answer was lost to be listed": async ({ ci, request, server }) => {
    server.listLate(lagMs);
    server.loseNextAnswer();
    const run = await ci.dispatch(request());
    deepStrictEqual(
      server.runs().map(({ id }) => id),
      [run.id],
    );
  },
  "does not take a lost answer for a success": async ({ ci, request, server }) => {
    server.dropNextDispatch();
    await expectCode("UNAVAILABLE", () => ci.dispatch(request()));
    deepStrictEqual(server.runs(), []);
    const run = await ci.dispatch(request());
    deepStrictEqual(server.runs(), [{ id: run.id, state: "alive" }]);
  },
  "starts the next attempt after a run that failed": async ({ ci, connect, request, server }) => {
    const first = await ci.dispatch(request());
    await server.end(first.id, "failure");
    const second = await ci.dispatch(request());
    notStrictEqual(second.id, first.id);
    strictEqual(second.attempt, 2);
    await server.end(second.id, "failure");
    // Another coordinator counts on, from what it sees.
    strictEqual((await connect().dispatch(request())).attempt, 3);
  },
  "starts the next attempt after a run that was cancelled": async ({ ci, request, stateOf }) => {
    const first = await ci.dispatch(request());
    await ci.cancel(first);
    strictEqual(stateOf(first), "cancelled");
    const second = await ci.dispatch(request());
    deepStrictEqual([second.attempt, stateOf(second)], [2, "alive"]);
  },
  "starts the next attempt after a run that succeeded": async ({ ci, request, server }) => {
    // Whoever dispatches has looked for the result first: it is gone, or was never pushed.
    const first = await ci.dispatch(request());
    await server.end(first.id, "success");
    strictEqual((await ci.dispatch(request())).attempt, 2);
  },
  "starts the attempt that is asked for when it is a later one": async ({ ci, request }) => {
    strictEqual((await ci.dispatch(request("contract-1", 5))).attempt, 5);
  },
  "settles two coordinators at the same moment on one run": async ({ ci, connect, request, kept }) => {
    const runs = await Promise.all([ci.dispatch(request()), connect().dispatch(request())]);
    deepStrictEqual(runs[0], runs[1]);
    deepStrictEqual(kept(), [runs[0].id]);
  },
  "never cancels the run that another coordinator was given, while lists lag": async (fixture) => {
    const { ci, connect, request, server, stateOf } = fixture;
    server.listLate(lagMs);
    const runs = await Promise.all([ci.dispatch(request()), connect().dispatch(request())]);
    for (const run of runs) strictEqual(stateOf(run), "alive", `run ${run.id} was given and is not alive`);
  },
  "starts nothing when it is cancelled before": async ({ ci, request, server }) => {
    const signal = AbortSignal.abort(new Error("no longer wanted"));
    await expectCode("CANCELLED", () => ci.dispatch(request(), { signal }));
    deepStrictEqual(server.runs(), []);
  },
  "fails with NOT_FOUND where there is no such workflow": async ({ ci, request, server }) => {
    await expectCode("NOT_FOUND", () => ci.dispatch({ ...request(), workflow: "no-such-workflow.yml" }));
    deepStrictEqual(server.runs(), []);
  },
};
