import { parseInstant } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { buildImage } from "../image/build-image.ts";
import { pushImage } from "../image/push-image.ts";
import { createEmbeddedRegistry } from "../registry/embedded-registry.ts";
import { openTestGitHub, type TestGitHub } from "../testing/open-test-github.ts";
import { createVirtualClock } from "../virtual-clock.ts";

interface Listing {
  readonly total_count: number;
  readonly workflow_runs: readonly { id: number; display_title: string; status: string; created_at: string }[];
}

const dispatch = (github: TestGitHub, key: string): Promise<Response> =>
  github.dispatch({ ref: "main", inputs: { key } });
const statusOf = (github: TestGitHub) => github.runs.map(({ status, conclusion }) => [status, conclusion] as const);

describe("a run", () => {
  it("is queued, runs, and succeeds when its code does", async () => {
    let finish = (): void => {};
    const running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const github = openTestGitHub({ workflow: { startsAfterMs: 30_000, run: () => running } });
    await dispatch(github, "k");
    expect(statusOf(github)).toEqual([["queued", null]]);
    await github.clock.sleep(30_001);
    expect(statusOf(github)).toEqual([["in_progress", null]]);
    finish();
    await github.settled();
    expect(statusOf(github)).toEqual([["completed", "success"]]);
    expect(github.runs[0]).toMatchObject({ createdAt: "2026-01-01T00:00:00Z", startedAt: "2026-01-01T00:00:30Z" });
  });

  it("fails when its code throws, and concludes as its code says", async () => {
    const github = openTestGitHub({ workflow: { run: () => Promise.reject(new Error("compiler error")) } });
    await dispatch(github, "k");
    await github.settled();
    expect(github.runs[0]).toMatchObject({ conclusion: "failure", error: new Error("compiler error") });
    const timedOut = openTestGitHub({ workflow: { run: async (context) => context.conclude("timed_out") } });
    await dispatch(timedOut, "k");
    await timedOut.settled();
    expect(statusOf(timedOut)).toEqual([["completed", "timed_out"]]);
  });

  it("pushes what it built, to where everybody can see it", async () => {
    const registry = createEmbeddedRegistry();
    const github = openTestGitHub({
      workflow: {
        async run({ inputs }) {
          const image = await buildImage({ platforms: ["linux/amd64"], files: { name: inputs["image"] ?? "" } });
          const origin = "http://registry.test";
          await pushImage({
            origin,
            fetch: registry.fetch,
            repository: "octo/numpy",
            tag: `bp-${inputs["key"]}`,
            image,
          });
        },
      },
    });
    await dispatch(github, "k1");
    await github.settled();
    expect(Object.keys(registry.snapshot()["octo/numpy"] ?? {})).toEqual(["bp-k1"]);
  });

  it("is cancelled when asked, once its code gives way", async () => {
    const github = openTestGitHub({
      workflow: {
        run: ({ signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener("abort", () => setTimeout(() => reject(signal.reason), 5)),
          ),
      },
    });
    await dispatch(github, "k");
    await expect.poll(() => github.runs[0]?.status).toBe("in_progress");
    const path = `/actions/runs/${github.runs[0]?.id}`;
    const cancelled = await github.send("POST", `${path}/cancel`);
    expect([cancelled.status, github.runs[0]?.status]).toEqual([202, "in_progress"]);
    await github.settled();
    expect(statusOf(github)).toEqual([["completed", "cancelled"]]);
    expect((await github.send("POST", `${path}/cancel`)).status).toBe(409);
  });

  it("is cancelled while queued, and never starts", async () => {
    let hasStarted = false;
    const github = openTestGitHub({
      workflow: {
        startsAfterMs: 60_000,
        run: async () => {
          hasStarted = true;
        },
      },
    });
    await dispatch(github, "k");
    await github.send("POST", `/actions/runs/${github.runs[0]?.id}/cancel`);
    await github.settled();
    expect([statusOf(github), hasStarted]).toEqual([[["completed", "cancelled"]], false]);
  });

  it("that finishes although it was cancelled has finished; forced, it is over at once", async () => {
    const finish: (() => void)[] = [];
    const ignoring = openTestGitHub({ workflow: { run: () => new Promise((resolve) => finish.push(resolve)) } });
    await dispatch(ignoring, "k");
    await expect.poll(() => ignoring.runs[0]?.status).toBe("in_progress");
    await ignoring.send("POST", `/actions/runs/${ignoring.runs[0]?.id}/cancel`);
    finish[0]?.();
    await ignoring.settled();
    expect(statusOf(ignoring)).toEqual([["completed", "success"]]);

    await dispatch(ignoring, "k2");
    await expect.poll(() => ignoring.runs[1]?.status).toBe("in_progress");
    await ignoring.send("POST", `/actions/runs/${ignoring.runs[1]?.id}/force-cancel`);
    expect(ignoring.runs[1]?.conclusion).toBe("cancelled");
    finish[1]?.();
    await ignoring.settled();
    expect(ignoring.runs[1]?.conclusion).toBe("cancelled");
  });

  it("waits for approval where that is wanted", async () => {
    const github = openTestGitHub({ workflow: { waitsForApproval: true } });
    await dispatch(github, "k");
    await expect.poll(() => github.runs[0]?.status).toBe("waiting");
    github.approve(github.runs[0]?.id ?? 0);
    await github.settled();
    expect(statusOf(github)).toEqual([["completed", "success"]]);
  });

  it("that is cancelled while it waits for approval never starts", async () => {
    let hasStarted = false;
    const github = openTestGitHub({
      workflow: {
        waitsForApproval: true,
        run: async () => {
          hasStarted = true;
        },
      },
    });
    await dispatch(github, "k");
    await expect.poll(() => github.runs[0]?.status).toBe("waiting");
    await github.send("POST", `/actions/runs/${github.runs[0]?.id}/cancel`);
    await github.settled();
    expect([statusOf(github), hasStarted]).toEqual([[["completed", "cancelled"]], false]);
  });

  it("is read with an ETag, and answered 304, which is free, until it changes", async () => {
    let finish = (): void => {};
    const running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const github = openTestGitHub({ workflow: { run: () => running } });
    await dispatch(github, "k");
    await expect.poll(() => github.runs[0]?.status).toBe("in_progress");
    const path = `/actions/runs/${github.runs[0]?.id}`;
    const first = await github.send("GET", path);
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    const second = await github.send("GET", path, { headers });
    expect([second.status, await second.text()]).toEqual([304, ""]);
    expect(second.headers.get("x-ratelimit-used")).toBe(first.headers.get("x-ratelimit-used"));
    finish();
    await github.settled();
    const third = await github.send("GET", path, { headers });
    expect([third.status, ((await third.json()) as { conclusion: string }).conclusion]).toEqual([200, "success"]);
  });
});

describe("a listing of runs", () => {
  it("is newest first, in pages with links", async () => {
    const github = openTestGitHub();
    for (const key of ["a", "b", "c", "d", "e"]) await dispatch(github, key);
    const path = "/actions/workflows/build.yml/runs";
    const response = await github.send("GET", `${path}?per_page=2&page=2`);
    const listing = (await response.json()) as Listing;
    expect(listing.total_count).toBe(5);
    expect(listing.workflow_runs.map((run) => run.display_title)).toEqual(["build numpy [c]", "build numpy [b]"]);
    const start = `<https://api.github.com/repos/octo/images${path}?per_page=2&page=`;
    expect(response.headers.get("link")).toBe(
      `${start}1>; rel="prev", ${start}3>; rel="next", ${start}3>; rel="last", ${start}1>; rel="first"`,
    );
    const last = await github.send("GET", `${path}?per_page=2&page=3`);
    expect(last.headers.get("link")).not.toContain("next");
    expect((await github.read<Listing>("/actions/runs?per_page=500")).workflow_runs).toHaveLength(5);
    expect((await github.read<Listing>(`${path}?page=9`)).workflow_runs).toEqual([]);
  });

  it("links to where it was reached", async () => {
    const github = openTestGitHub();
    await dispatch(github, "a");
    await dispatch(github, "b");
    const response = await github.send("GET", "http://127.0.0.1:9999/api/v3/repos/octo/images/actions/runs?per_page=1");
    expect(response.headers.get("link")).toContain("<http://127.0.0.1:9999/api/v3/repos/octo/images/actions/runs?");
    const [run] = ((await response.json()) as { workflow_runs: { url: string; html_url: string }[] }).workflow_runs;
    expect(run?.url).toMatch(/^http:\/\/127\.0\.0\.1:9999\/api\/v3\/repos\//);
    expect(run?.html_url).toMatch(/^http:\/\/127\.0\.0\.1:9999\/octo\/images\/actions\/runs\//);
  });

  it("filters by status or conclusion, event, branch and time", async () => {
    const clock = createVirtualClock({ auto: true, start: parseInstant("2026-11-21T10:00:00.900Z") });
    const github = openTestGitHub({ clock });
    await dispatch(github, "old");
    await clock.sleep(3_600_000);
    await dispatch(github, "new");
    await github.settled();
    const found = async (query: string): Promise<number> =>
      (await github.read<Listing>(`/actions/runs?${query}`)).workflow_runs.length;
    expect([await found("status=completed"), await found("status=success"), await found("status=queued")]).toEqual([
      2, 2, 0,
    ]);
    expect([await found("event=workflow_dispatch"), await found("event=push")]).toEqual([2, 0]);
    expect([await found("branch=main"), await found("branch=v1")]).toEqual([2, 0]);
    // Creation is told in whole seconds, so "from this very second on" finds it although its clock said 0.9 s more.
    const times: Record<string, number> = {
      ">=2026-11-21T11:00:00Z": 1,
      ">2026-11-21T11:00:00Z": 0,
      "<2026-11-21T11:00:00Z": 1,
      "<=2026-11-21T11:00:00Z": 2,
      "2026-11-21": 2,
      ">=2026-11-22": 0,
      "2026-11-21T09:00:00Z..2026-11-21T10:30:00Z": 1,
      "2026-11-21T10:30:00Z..*": 1,
    };
    for (const [created, count] of Object.entries(times)) {
      expect([created, await found(`created=${encodeURIComponent(created)}`)]).toEqual([created, count]);
    }
    expect((await github.send("GET", "/actions/runs?created=yesterday")).status).toBe(422);
  });

  it("lacks a run until it is visible, although it can be read", async () => {
    const github = openTestGitHub({ runsVisibleAfterMs: 5000 });
    await dispatch(github, "k");
    expect((await github.read<Listing>("/actions/runs")).total_count).toBe(0);
    expect((await github.send("GET", `/actions/runs/${github.runs[0]?.id}`)).status).toBe(200);
    await github.clock.sleep(5000);
    expect((await github.read<Listing>("/actions/runs")).total_count).toBe(1);
  });

  it("ends after 1000 when it is filtered", async () => {
    const github = openTestGitHub({ secondaryLimits: false });
    await Promise.all(Array.from({ length: 1001 }, (_, index) => dispatch(github, String(index))));
    const page = (query: string): Promise<Listing> =>
      github.read<Listing>(`/actions/runs?per_page=100&page=11&${query}`);
    expect((await page("event=workflow_dispatch")).workflow_runs).toHaveLength(0);
    expect((await page("")).workflow_runs).toHaveLength(1);
  });
});

describe("releases", () => {
  it("are newest first, in pages, without drafts", async () => {
    const releases = [1, 2, 3, 4].map((day) => ({
      tag: `v${day}`,
      createdAt: parseInstant(`2026-01-0${day}T00:00:00Z`),
      draft: day === 4,
      prerelease: day === 3,
    }));
    const github = openTestGitHub({ gitRepository: { releases } });
    const response = await github.send("GET", "/releases?per_page=2");
    expect(await response.json()).toMatchObject([
      { tag_name: "v3", prerelease: true, draft: false },
      { tag_name: "v2", prerelease: false },
    ]);
    expect(response.headers.get("link")).toContain('page=2>; rel="next"');
    expect(await github.read("/releases?per_page=2&page=2")).toMatchObject([{ tag_name: "v1" }]);
  });
});
