import { describe, expect, it } from "vitest";
import { openTestGitHub, type TestGitHub } from "../testing/open-test-github.ts";
import type { SimulatedConcurrency } from "./simulated-workflow.ts";

/** Runs go on until they are ended; the group is what `group` says. */
function open(concurrency: Partial<SimulatedConcurrency> = {}) {
  const ends = new Map<number, () => void>();
  const github = openTestGitHub({
    workflow: {
      concurrency: ({ inputs }) => ({ group: inputs["key"] ?? "", ...concurrency }),
      run: ({ runId, signal }) =>
        new Promise((resolve, reject) => {
          ends.set(runId, resolve);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    },
  });
  const start = async (key: string): Promise<number> => {
    await github.dispatch({ ref: "main", inputs: { key } });
    return github.runs.at(-1)?.id ?? 0;
  };
  const runs = (id: number) => expect.poll(() => github.runs.find((run) => run.id === id)?.status).toBe("in_progress");
  return { github, start, runs, end: (id: number) => ends.get(id)?.() };
}

const statesOf = (github: TestGitHub) => github.runs.map(({ status, conclusion }) => conclusion ?? status);

describe("a concurrency group", () => {
  it("lets one run, keeps one waiting, and replaces the one that waits", async () => {
    const { github, start, runs, end } = open();
    const first = await start("k");
    await runs(first);
    await start("k");
    const third = await start("k");
    expect(statesOf(github)).toEqual(["in_progress", "cancelled", "pending"]);
    end(first);
    await runs(third);
    end(third);
    await github.settled();
    expect(statesOf(github)).toEqual(["success", "cancelled", "success"]);
  });

  it("knows its name in any case, and no other group", async () => {
    const { github, start, runs } = open();
    await runs(await start("Key"));
    await start("KEY");
    await runs(await start("other"));
    expect(statesOf(github)).toEqual(["in_progress", "pending", "in_progress"]);
  });

  it("cancels the run in progress where it is told to, and waits for its end", async () => {
    const { github, start, runs } = open({ cancelInProgress: true });
    await runs(await start("k"));
    const second = await start("k");
    await runs(second);
    expect(statesOf(github)).toEqual(["cancelled", "in_progress"]);
  });

  it("keeps up to 100 waiting in their order where it is told to", async () => {
    const { github, start, runs, end } = open({ queue: "max" });
    const first = await start("k");
    await runs(first);
    const second = await start("k");
    for (let count = 1; count < 100; count++) await start("k");
    await start("k");
    expect(statesOf(github).filter((state) => state === "pending")).toHaveLength(100);
    expect(statesOf(github).at(-1)).toBe("cancelled");
    end(first);
    await runs(second);
    expect(statesOf(github).slice(0, 3)).toEqual(["success", "in_progress", "pending"]);
  });

  it("is left by a run that is cancelled while it waits, and by one that is forced to end", async () => {
    const { github, start, runs } = open({ queue: "max" });
    const first = await start("k");
    await runs(first);
    const second = await start("k");
    const third = await start("k");
    await github.send("POST", `/actions/runs/${second}/cancel`);
    expect(statesOf(github)).toEqual(["in_progress", "cancelled", "pending"]);
    await github.send("POST", `/actions/runs/${first}/force-cancel`);
    await runs(third);
    expect(statesOf(github)).toEqual(["cancelled", "cancelled", "in_progress"]);
  });

  it("is entered again by a re-run", async () => {
    const { github, start, runs, end } = open();
    const first = await start("k");
    await runs(first);
    end(first);
    await github.settled();
    await runs(await start("k"));
    expect((await github.send("POST", `/actions/runs/${first}/rerun`)).status).toBe(201);
    expect(statesOf(github)).toEqual(["pending", "in_progress"]);
  });

  it("tells who holds it, who waits, and what is ahead", async () => {
    const { github, start, runs } = open({ queue: "max" });
    const first = await start("my key");
    await runs(first);
    const second = await start("my key");
    await start("my key");
    const { concurrency_groups } = await github.read<{ concurrency_groups: unknown[] }>("/actions/concurrency_groups");
    expect(concurrency_groups).toMatchObject([{ group_name: "my key" }]);
    const path = "/actions/concurrency_groups/my%20key";
    type Group = { total_count: number; group_members: { run_id: number; status: string }[] };
    const { group_members } = await github.read<Group>(path);
    expect(group_members.map(({ status }) => status)).toEqual(["in_progress", "pending", "pending"]);
    const ahead = await github.read<Group>(`${path}?ahead_of_run=${second}`);
    expect(ahead.group_members.map(({ run_id }) => run_id)).toEqual([first, second]);
    expect((await github.send("GET", `${path}?ahead_of_run=1`)).status).toBe(422);
    expect((await github.send("GET", "/actions/concurrency_groups/none")).status).toBe(404);
    const own = await github.read<{ concurrency_groups: { group_members: unknown[] }[] }>(
      `/actions/runs/${second}/concurrency_groups`,
    );
    expect(own.concurrency_groups[0]?.group_members).toMatchObject([{ position: 1, status: "pending" }]);
  });
});
