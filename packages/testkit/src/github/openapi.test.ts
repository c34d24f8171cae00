import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createOpenApiCheck, type OpenApiDescription } from "../openapi/openapi-check.ts";
import { openTestGitHub, type TestGitHubOptions } from "../testing/open-test-github.ts";

const folder = process.env["BAYPLAN_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data");
const file = join(folder, "github-actions-openapi.json");
const isThere = existsSync(file);
if (!isThere) process.stderr.write(`skipped: GitHub's OpenAPI description is not at ${file}; set BAYPLAN_DATA\n`);
const description: OpenApiDescription = isThere ? JSON.parse(readFileSync(file, "utf8")) : { paths: {} };

// What the simulator leaves out: artifacts and caches are no business of a release.
const leftOut = [
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts",
  "GET /repos/{owner}/{repo}/actions/caches",
  "DELETE /repos/{owner}/{repo}/actions/caches",
  "GET /repos/{owner}/{repo}/actions/cache/usage",
];

function openChecked(options: TestGitHubOptions = {}) {
  const github = openTestGitHub(options);
  const check = createOpenApiCheck(description, { undescribed: "below-400" });
  const fetch = check.watch(github.fetch);
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(
      path.startsWith("/rate") ? `https://api.github.com${path}` : `https://api.github.com/repos/octo/images${path}`,
      {
        method,
        headers: { authorization: "Bearer t0ken", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    );
  return { github, check, send };
}

describe.skipIf(!isThere)("answers in the shape of GitHub's OpenAPI description", () => {
  it("to every operation that it knows, in every state of a run", async () => {
    const gates: (() => void)[] = [];
    const { github, check, send } = openChecked({
      workflow: {
        repositoryDispatch: true,
        concurrency: ({ ref }) => ({ group: `Builds of ${ref}` }),
        jobs: {
          build: { run: () => new Promise((resolve) => gates.push(resolve)) },
          deploy: { needs: ["build"], environment: "production", run: () => Promise.reject(new Error("no")) },
          last: { needs: ["deploy"], run: async () => {} },
        },
      },
    });
    const statuses: number[] = [];
    const all = async (...requests: readonly (readonly [string, string, unknown?])[]): Promise<void> => {
      for (const [method, path, body] of requests) statuses.push((await send(method, path, body)).status);
    };
    const workflow = "/actions/workflows/build.yml";
    const body = { ref: "main", inputs: { key: "k" }, return_run_details: true };
    await all(["POST", `${workflow}/dispatches`, body], ["POST", `${workflow}/dispatches`, { ...body, ref: "v1" }]);
    await all(["POST", `${workflow}/dispatches`, { ref: "main", inputs: { key: "k" } }]);
    await all(["POST", "/dispatches", { event_type: "released", client_payload: { bayplan: { key: "k" } } }]);
    const [id = 0, other = 0] = github.runs.map((run) => run.id);
    const run = `/actions/runs/${id}`;
    const look = async (): Promise<void> => {
      await all(["GET", run], ["GET", "/actions/runs?per_page=2&page=1"], ["GET", `${workflow}/runs?event=push`]);
      await all(["GET", `${run}/jobs?filter=all`], ["GET", `${run}/attempts/1`], ["GET", `${run}/attempts/1/jobs`]);
      await all(["GET", `${run}/pending_deployments`], ["GET", `${run}/concurrency_groups`]);
      await all(["GET", "/actions/concurrency_groups"]);
    };
    await look();
    await expect.poll(() => gates.length).toBe(2);
    await look();
    await all(["GET", `/actions/concurrency_groups/builds%20of%20main?ahead_of_run=${id}`]);
    gates[0]?.();
    await expect.poll(() => github.runs[0]?.status).toBe("waiting");
    await look();
    const pending = (await (await send("GET", `${run}/pending_deployments`)).json()) as [
      { environment: { id: number } },
    ];
    const review = { environment_ids: [pending[0].environment.id], state: "approved", comment: "go" };
    await all(["POST", `${run}/pending_deployments`, review]);
    await expect.poll(() => github.runs[0]?.status).toBe("completed");
    await look();
    await all(["POST", `${run}/rerun-failed-jobs`], ["POST", `/actions/runs/${other}/cancel`]);
    await look();
    await all(["POST", `/actions/runs/${other}/force-cancel`], ["POST", `/actions/runs/${other}/rerun`, {}]);
    await all(["POST", `/actions/runs/${other}/force-cancel`]);
    const { jobs = [] } = github.runs[1] ?? {};
    await all(["POST", `/actions/jobs/${jobs[0]?.id}/rerun`], ["POST", `/actions/runs/${other}/force-cancel`]);
    await all(["DELETE", `/actions/runs/${other}`], ["GET", "/actions/workflows"], ["GET", workflow]);
    await all(["PUT", `${workflow}/disable`], ["GET", workflow], ["PUT", `${workflow}/enable`], ["GET", "/rate_limit"]);
    expect(statuses.filter((status) => status >= 400)).toEqual([]);
    expect(check.violations).toEqual([]);
    expect(check.unknown).toEqual([]);
    const every = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(every.filter((one) => !check.operations.includes(one)).sort()).toEqual([...leftOut].sort());
  });

  it("to what it refuses", async () => {
    const { github, check, send } = openChecked();
    const workflow = "/actions/workflows/build.yml";
    const statuses: number[] = [];
    const ask = async (...call: Parameters<typeof send>): Promise<void> =>
      void statuses.push((await send(...call)).status);
    await ask("POST", `${workflow}/dispatches`, {});
    await ask("POST", "/dispatches", { event_type: "" });
    await ask("GET", "/actions/runs/1");
    await ask("POST", "/actions/jobs/1/rerun");
    await ask("GET", "/actions/concurrency_groups/none");
    await send("POST", `${workflow}/dispatches`, { ref: "main", inputs: { key: "k" } });
    await github.settled();
    await ask("POST", `/actions/runs/${github.runs[0]?.id}/cancel`);
    github.setPermission("actions:write", false);
    await ask("POST", `/actions/runs/${github.runs[0]?.id}/cancel`);
    github.limit();
    await ask("GET", "/actions/runs");
    expect(statuses).toEqual([422, 422, 404, 404, 404, 409, 403, 403]);
    expect(check.violations).toEqual([]);
  });
});
