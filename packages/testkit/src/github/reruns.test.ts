import { describe, expect, it } from "vitest";
import { openTestGitHub, type TestGitHub, type TestGitHubOptions } from "../testing/open-test-github.ts";

interface Job {
  readonly id: number;
  readonly name: string;
  readonly run_attempt: number;
  readonly conclusion: string;
}

const dispatch = (github: TestGitHub): Promise<Response> => github.dispatch({ ref: "main", inputs: { key: "k" } });
const jobsOf = async (github: TestGitHub, path: string): Promise<readonly Job[]> =>
  (await github.read<{ jobs: readonly Job[] }>(path)).jobs;

async function openFinished(workflow: TestGitHubOptions["workflow"] = {}) {
  const github = openTestGitHub({ workflow });
  await dispatch(github);
  await github.settled();
  const run = `/actions/runs/${github.runs[0]?.id}`;
  const rerun = async (what: string) => {
    const response = await github.send("POST", `${run}/${what}`);
    const { message } = (await response.json()) as { message?: string };
    await github.settled();
    return message === undefined ? response.status : ([response.status, message] as const);
  };
  return { github, run, rerun };
}

describe("the jobs of a run", () => {
  it("run in the order of their needs; what needs a failed one is skipped", async () => {
    const order: string[] = [];
    const note = async ({ job }: { job: string }): Promise<void> => void order.push(job);
    const fail = async ({ job }: { job: string }): Promise<void> => {
      order.push(job);
      throw new Error("broken");
    };
    const { github, run } = await openFinished({
      jobs: {
        last: { needs: ["test"], run: note },
        test: { needs: ["build"], run: fail },
        build: { run: note },
        other: { needs: ["build"], run: note },
      },
    });
    expect(order[0]).toBe("build");
    expect(order.toSorted()).toEqual(["build", "other", "test"]);
    expect(github.runs[0]?.conclusion).toBe("failure");
    const jobs = await jobsOf(github, `${run}/jobs`);
    expect(Object.fromEntries(jobs.map(({ name, conclusion }) => [name, conclusion]))).toEqual({
      build: "success",
      other: "success",
      test: "failure",
      last: "skipped",
    });
  });
});

describe("a re-run", () => {
  it("of failed jobs keeps what succeeded, and repeats what needs them", async () => {
    const ran: string[] = [];
    let isBroken = true;
    const { github, run, rerun } = await openFinished({
      jobs: {
        build: { run: async ({ job, runAttempt }) => void ran.push(`${job} ${runAttempt}`) },
        test: {
          needs: ["build"],
          run: async ({ job, runAttempt }) => {
            ran.push(`${job} ${runAttempt}`);
            if (isBroken) throw new Error("broken");
          },
        },
        last: { needs: ["test"], run: async ({ job, runAttempt }) => void ran.push(`${job} ${runAttempt}`) },
      },
    });
    isBroken = false;
    expect(await rerun("rerun-failed-jobs")).toBe(201);
    expect(ran).toEqual(["build 1", "test 1", "test 2", "last 2"]);
    expect(github.runs[0]).toMatchObject({ runAttempt: 2, conclusion: "success" });
    expect((await jobsOf(github, `${run}/jobs`)).map((job) => job.run_attempt)).toEqual([1, 2, 2]);
    expect((await jobsOf(github, `${run}/attempts/1/jobs`)).map((job) => job.conclusion)).toEqual([
      "success",
      "failure",
      "skipped",
    ]);
    expect(await jobsOf(github, `${run}/jobs?filter=all`)).toHaveLength(5);
    expect(await github.read(`${run}/attempts/1`)).toMatchObject({ run_attempt: 1, conclusion: "failure" });
    expect(await github.read(run)).toMatchObject({ run_attempt: 2, conclusion: "success" });
    expect((await github.send("GET", `${run}/attempts/3`)).status).toBe(404);
  });

  it("is the same run, in listings too, with a start of its own", async () => {
    const { github, run, rerun } = await openFinished();
    await github.clock.sleep(60_000);
    expect(await rerun("rerun")).toBe(201);
    const { workflow_runs } = await github.read<{ workflow_runs: Record<string, string>[] }>("/actions/runs");
    expect(workflow_runs).toHaveLength(1);
    expect(workflow_runs[0]).toMatchObject({ run_attempt: 2, run_started_at: "2026-01-01T00:01:00Z" });
    expect(workflow_runs[0]?.["created_at"]).toBe("2026-01-01T00:00:00Z");
    expect(workflow_runs[0]?.["previous_attempt_url"]).toContain(`${run}/attempts/1`);
  });

  it("of one job repeats it and what needs it", async () => {
    const ran: string[] = [];
    const note = async ({ job }: { job: string }): Promise<void> => void ran.push(job);
    const { github } = await openFinished({
      jobs: { build: { run: note }, other: { run: note }, test: { needs: ["build"], run: note } },
    });
    const id = github.runs[0]?.jobs.find(({ name }) => name === "build")?.id;
    expect((await github.send("POST", `/actions/jobs/${id}/rerun`)).status).toBe(201);
    await github.settled();
    expect(ran.slice(3)).toEqual(["build", "test"]);
    expect((await github.send("POST", "/actions/jobs/1/rerun")).status).toBe(404);
  });

  it("is refused while the run goes on, of what has not failed, after a month, and after fifty", async () => {
    const { github, run, rerun } = await openFinished();
    expect(await rerun("rerun-failed-jobs")).toEqual([403, "This workflow run cannot be retried"]);
    for (let count = 0; count < 50; count++) expect(await rerun("rerun")).toBe(201);
    expect(await rerun("rerun")).toEqual([403, "This workflow run cannot be retried"]);
    const slow = openTestGitHub({ workflow: { startsAfterMs: 1000 } });
    await dispatch(slow);
    const refused = await slow.send("POST", `/actions/runs/${slow.runs[0]?.id}/rerun`);
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { message: "This workflow is already running" },
    ]);
    await github.clock.sleep(31 * 86_400_000);
    expect(await rerun("rerun")).toEqual([403, expect.stringContaining("over a month ago")]);
    expect((await github.send("DELETE", run)).status).toBe(204);
    expect((await github.send("GET", run)).status).toBe(404);
  });
});

describe("an environment", () => {
  const workflow = {
    jobs: {
      build: { run: async () => {} },
      deploy: { needs: ["build"], environment: "production", run: async () => {} },
    },
  };

  async function openWaiting() {
    const github = openTestGitHub({ workflow });
    await dispatch(github);
    await expect.poll(() => github.runs[0]?.status).toBe("waiting");
    const path = `/actions/runs/${github.runs[0]?.id}/pending_deployments`;
    const [{ environment } = { environment: { id: 0, name: "" } }] =
      await github.read<{ environment: { id: number; name: string } }[]>(path);
    const review = (state: string, ids = [environment.id]): Promise<Response> =>
      github.send("POST", path, { body: JSON.stringify({ environment_ids: ids, state, comment: "" }) });
    return { github, path, environment, review };
  }

  it("is waited for until it is approved through the API", async () => {
    const { github, path, environment, review } = await openWaiting();
    expect(environment.name).toBe("production");
    expect((await review("approved", [1])).status).toBe(422);
    expect((await review("maybe")).status).toBe(422);
    expect((await review("approved")).status).toBe(200);
    await github.settled();
    expect(github.runs[0]?.conclusion).toBe("success");
    expect(await github.read(path)).toEqual([]);
  });

  it("fails the job when it is rejected, and can be waited for again", async () => {
    const { github, review } = await openWaiting();
    await review("rejected");
    await github.settled();
    expect(github.runs[0]?.jobs.map(({ conclusion }) => conclusion)).toEqual(["success", "failure"]);
    await github.send("POST", `/actions/runs/${github.runs[0]?.id}/rerun-failed-jobs`);
    await expect.poll(() => github.runs[0]?.status).toBe("waiting");
  });
});

describe("a cancelled run", () => {
  it("whose code does not stop is stopped after five minutes", async () => {
    const github = openTestGitHub({ workflow: { run: () => new Promise(() => {}) } });
    await dispatch(github);
    await expect.poll(() => github.runs[0]?.status).toBe("in_progress");
    await github.send("POST", `/actions/runs/${github.runs[0]?.id}/cancel`);
    await github.clock.sleep(299_000);
    expect(github.runs[0]?.status).toBe("in_progress");
    await github.clock.sleep(2000);
    expect(github.runs[0]).toMatchObject({ status: "completed", conclusion: "cancelled" });
  });
});
