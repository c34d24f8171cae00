import { describe, expect, it } from "vitest";
import { openTestGitHub } from "../testing/open-test-github.ts";
import type { SimulatedRunContext } from "./simulated-workflow.ts";

const good = { ref: "main", inputs: { key: "k1" } };
const newest = { "x-github-api-version": "2026-03-10" };

async function refusalOf(response: Response): Promise<readonly [number, string]> {
  return [response.status, ((await response.json()) as { message: string }).message];
}

describe("a dispatch", () => {
  it("answers 204 without details, and 200 with them where they are asked for", async () => {
    const github = openTestGitHub();
    const plain = await github.dispatch(good);
    expect([plain.status, await plain.text()]).toEqual([204, ""]);
    const detailed = await github.dispatch({ ...good, return_run_details: true });
    const id = github.runs[1]?.id;
    expect([detailed.status, await detailed.json()]).toEqual([
      200,
      {
        workflow_run_id: id,
        run_url: `https://api.github.com/repos/octo/images/actions/runs/${id}`,
        html_url: `https://github.com/octo/images/actions/runs/${id}`,
      },
    ]);
  });

  it("always gives details in 2026-03-10, and refuses the parameter", async () => {
    const github = openTestGitHub();
    expect((await github.dispatch(good, newest)).status).toBe(200);
    expect((await github.dispatch({ ...good, return_run_details: true }, newest)).status).toBe(422);
    expect(github.runs).toHaveLength(1);
  });

  it("on an older GHES knows neither the parameter, nor the version, nor more than 10 inputs", async () => {
    const inputsOf = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`i${index}`, {}]));
    const github = openTestGitHub({ server: "ghes-3.19", workflow: { inputs: inputsOf(10) } });
    expect((await github.dispatch({ ref: "main", return_run_details: true })).status).toBe(400);
    expect((await github.dispatch({ ref: "main" }, newest)).status).toBe(400);
    const all = Object.fromEntries(Object.keys(inputsOf(11)).map((name) => [name, "x"]));
    expect(await refusalOf(await github.dispatch({ ref: "main", inputs: all }))).toEqual([
      422,
      expect.stringMatching(/No more than 10/),
    ]);
    expect((await github.dispatch({ ref: "main" })).status).toBe(204);
    const wide = openTestGitHub({ server: "ghes-3.19", workflow: { inputs: inputsOf(11) } });
    expect(await refusalOf(await wide.dispatch({ ref: "main" }))).toEqual([
      422,
      expect.stringMatching(/^failed to parse workflow: .* up to 10 `inputs`/),
    ]);
  });

  it("gives the run its inputs with defaults, its ref and its name", async () => {
    const contexts: SimulatedRunContext[] = [];
    const github = openTestGitHub({ workflow: { run: async (context) => void contexts.push(context) } });
    await github.dispatch({ ref: "refs/tags/v1", inputs: { key: "k1" } });
    await github.settled();
    expect(contexts[0]).toMatchObject({
      gitRepository: "octo/images",
      ref: "v1",
      inputs: { key: "k1", image: "numpy" },
    });
    expect(github.runs[0]).toMatchObject({ displayTitle: "build numpy [k1]", conclusion: "success" });
  });

  const refused: Record<string, readonly [unknown, number, RegExp]> = {
    "an unknown ref": [{ ...good, ref: "gone" }, 422, /^No ref found for: gone$/],
    "no ref": [{ inputs: { key: "k" } }, 422, /"ref" wasn't supplied/],
    "inputs that are not declared": [
      { ref: "main", inputs: { key: "k", x: "1", y: "2" } },
      422,
      /^Unexpected inputs provided: \["x","y"\]$/,
    ],
    "a required input that is missing": [{ ref: "main" }, 422, /^Required input 'key' not provided$/],
    "a required input that is empty": [
      { ref: "main", inputs: { key: "" } },
      422,
      /^Required input 'key' not provided$/,
    ],
    "a value that is not an option": [
      { ref: "main", inputs: { key: "k", image: "x" } },
      422,
      /'x' for input 'image' not in the list/,
    ],
    "a value that is not text": [{ ref: "main", inputs: { key: 1 } }, 422, /not a string/],
    "inputs that are no object": [{ ref: "main", inputs: ["k"] }, 422, /not an object/],
    "an unknown member": [{ ...good, colour: "red" }, 422, /"colour" is not a permitted key/],
    "a payload that is too large": [{ ref: "main", inputs: { key: "k".repeat(65_536) } }, 422, /too large/],
    "what is no object": [[], 400, /JSON object/],
  };
  for (const [name, [body, status, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const github = openTestGitHub();
      const [answered, text] = await refusalOf(await github.dispatch(body));
      expect([answered, text]).toEqual([status, expect.stringMatching(message)]);
      expect(github.runs).toEqual([]);
    });
  }

  it("refuses more than 25 inputs, what is not JSON, and a workflow that has no trigger", async () => {
    const names = Array.from({ length: 26 }, (_, index) => `i${index}`);
    const declared = Object.fromEntries(names.slice(0, 25).map((name) => [name, {}]));
    const github = openTestGitHub({ workflow: { inputs: declared } });
    const inputs = Object.fromEntries(names.map((name) => [name, "x"]));
    expect(await refusalOf(await github.dispatch({ ref: "main", inputs }))).toEqual([
      422,
      expect.stringMatching(/No more than 25/),
    ]);
    expect((await github.dispatch({ ref: "main", inputs: { ...inputs, i25: undefined } })).status).toBe(204);
    const broken = await github.send("POST", "/actions/workflows/build.yml/dispatches", { body: "{" });
    expect(broken.status).toBe(400);
    const silent = openTestGitHub({ workflow: { dispatchable: false } });
    expect(await refusalOf(await silent.dispatch(good))).toEqual([
      422,
      "Workflow does not have 'workflow_dispatch' trigger",
    ]);
  });
});

describe("access", () => {
  it("wants the token, as Bearer or token", async () => {
    const github = openTestGitHub();
    const status = async (authorization: string): Promise<number> =>
      (await github.send("GET", "/actions/runs", { headers: { authorization } })).status;
    expect([await status("Bearer t0ken"), await status("token t0ken")]).toEqual([200, 200]);
    expect([await status("Bearer wrong"), await status("Basic t0ken")]).toEqual([401, 401]);
    const none = await github.fetch("https://api.github.com/repos/octo/images/actions/runs");
    expect(none.status).toBe(401);
    expect(JSON.stringify(github.log)).not.toContain("t0ken");
  });

  it("answers 404 for what is unknown or invisible", async () => {
    const github = openTestGitHub();
    for (const path of ["/actions/workflows/x.yml/runs", "/actions/runs/1", "/nothing", ""]) {
      expect((await github.send("GET", path)).status).toBe(404);
    }
    expect((await github.send("GET", "https://api.github.com/repos/octo/other/actions/runs")).status).toBe(404);
    const hidden = openTestGitHub({ gitRepository: { invisible: true } });
    expect((await hidden.dispatch(good)).status).toBe(404);
  });

  it("answers 403 for each permission that was taken away, and no other", async () => {
    const github = openTestGitHub();
    const statuses = async (): Promise<readonly number[]> => [
      (await github.dispatch(good)).status,
      (await github.send("GET", "/actions/runs")).status,
      (await github.send("GET", "/releases")).status,
    ];
    expect(await statuses()).toEqual([204, 200, 200]);
    github.setPermission("actions:write", false);
    expect(await statuses()).toEqual([403, 200, 200]);
    github.setPermission("actions:write", true);
    github.setPermission("actions:read", false);
    github.setPermission("contents:read", false);
    expect(await statuses()).toEqual([204, 403, 403]);
    expect(await refusalOf(await github.send("GET", "/releases"))).toEqual([
      403,
      "Resource not accessible by integration",
    ]);
  });

  it("counts down the rate limit, and answers 403 below it until the hour is over", async () => {
    const github = openTestGitHub({ rateLimit: 2 });
    const left = async (): Promise<readonly [number, string | null]> => {
      const { status, headers } = await github.send("GET", "/releases");
      return [status, headers.get("x-ratelimit-remaining")];
    };
    expect([await left(), await left(), await left()]).toEqual([
      [200, "1"],
      [200, "0"],
      [403, "0"],
    ]);
    await github.clock.sleep(3_600_000);
    expect(await left()).toEqual([200, "1"]);
  });

  it("refuses versions it does not know, and tells when the old one ends", async () => {
    const github = openTestGitHub();
    const get = (version: string): Promise<Response> =>
      github.send("GET", "/releases", { headers: { "x-github-api-version": version } });
    expect((await get("2030-01-01")).status).toBe(400);
    expect((await get("2022-11-28")).headers.has("sunset")).toBe(true);
    expect((await get("2026-03-10")).headers.has("sunset")).toBe(false);
  });
});
