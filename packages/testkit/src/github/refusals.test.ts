import { describe, expect, it } from "vitest";
import { openTestGitHub, type TestGitHubOptions } from "../testing/open-test-github.ts";

async function refusalOf(response: Response) {
  const { message, documentation_url } = (await response.json()) as { message: string; documentation_url: string };
  return { status: response.status, message, page: documentation_url.replace("https://docs.github.com/rest", "") };
}

const body = { ref: "main", inputs: { key: "k" } };
const page = "/actions/workflows#create-a-workflow-dispatch-event";

describe("what a dispatch is refused for", () => {
  const refused: Readonly<Record<string, readonly [TestGitHubOptions, number, string]>> = {
    "a workflow that a person disabled": [
      { workflow: { disabled: true } },
      422,
      "Cannot trigger a 'workflow_dispatch' on a disabled workflow",
    ],
    "a file that cannot be read": [
      { workflow: { parseError: "(Line: 3)" } },
      422,
      "failed to parse workflow: (Line: 3)",
    ],
    "a repository that the token cannot see": [{ gitRepository: { invisible: true } }, 404, "Not Found"],
  };
  for (const [name, [options, status, message]] of Object.entries(refused)) {
    it(name, async () => {
      const github = openTestGitHub(options);
      expect(await refusalOf(await github.dispatch(body))).toEqual({ status, message, page });
      expect(github.runs).toEqual([]);
    });
  }

  it.each([
    ["workflow", "Resource not accessible by integration"],
    ["fine-grained", "Resource not accessible by personal access token"],
    ["classic", "Must have admin rights to Repository."],
  ] as const)("a permission that a token of the kind %s lacks", async (tokenKind, message) => {
    const github = openTestGitHub({ tokenKind });
    github.setPermission("actions:write", false);
    const response = await github.dispatch(body);
    const header = response.headers.get("x-accepted-github-permissions");
    expect(header).toBe(tokenKind === "classic" ? null : "actions=write");
    expect(await refusalOf(response)).toEqual({ status: 403, message, page });
  });

  it("an organisation that wants single sign-on", async () => {
    const response = await openTestGitHub({ gitRepository: { requiresSso: true } }).dispatch(body);
    expect(response.headers.get("x-github-sso")).toMatch(/^required; url=https:\/\/github\.com\/orgs\/octo\/sso/);
    expect(await refusalOf(response)).toMatchObject({
      status: 403,
      message: expect.stringMatching(/SAML enforcement/),
    });
  });
});

describe("a repository_dispatch", () => {
  const open = () => {
    const payloads: unknown[] = [];
    const github = openTestGitHub({
      gitRepository: {
        refs: ["trunk", "main"],
        workflows: Object.fromEntries(
          Object.entries({ all: true, some: ["released"], none: false } as const).map(([name, repositoryDispatch]) => [
            `${name}.yml`,
            {
              repositoryDispatch,
              ...(name === "all"
                ? { runName: (_: unknown, { payload }: { payload: object }) => `p ${Object.keys(payload)}` }
                : {}),
              run: async ({ payload }: { payload: unknown }) => void payloads.push(payload),
            },
          ]),
        ),
      },
    });
    const send = (sent: unknown) => github.send("POST", "/dispatches", { body: JSON.stringify(sent) });
    return { github, send, payloads };
  };

  it("starts every workflow that listens to its type, on the default branch, with its payload", async () => {
    const { github, send, payloads } = open();
    const response = await send({ event_type: "released", client_payload: { bayplan: { key: "k" } } });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    await send({ event_type: "other" });
    await github.settled();
    expect(github.runs.map((run) => [run.workflow, run.event, run.ref, run.displayTitle])).toEqual([
      ["all.yml", "repository_dispatch", "trunk", "p bayplan"],
      ["some.yml", "repository_dispatch", "trunk", "released"],
      ["all.yml", "repository_dispatch", "trunk", "p "],
    ]);
    expect(payloads).toEqual([{ bayplan: { key: "k" } }, { bayplan: { key: "k" } }, {}]);
    const { workflow_runs } = await github.read<{ workflow_runs: unknown[] }>(
      "/actions/runs?event=repository_dispatch",
    );
    expect(workflow_runs).toHaveLength(3);
    expect(await github.read("/actions/runs?event=workflow_dispatch")).toMatchObject({ total_count: 0 });
  });

  it("is refused beyond its limits, and without the permission", async () => {
    const { github, send } = open();
    const payloadOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 1]));
    const bad: readonly unknown[] = [
      {},
      { event_type: "" },
      { event_type: "x".repeat(101) },
      { event_type: 1 },
      { event_type: "a", client_payload: payloadOf(11) },
      { event_type: "a", client_payload: { text: "ü".repeat(32_768) } },
      { event_type: "a", client_payload: [] },
      { event_type: "a", ref: "main" },
    ];
    for (const sent of bad) expect([(await send(sent)).status, sent]).toEqual([422, sent]);
    expect((await send({ event_type: "x".repeat(100), client_payload: payloadOf(10) })).status).toBe(204);
    github.setPermission("contents:write", false);
    expect((await send({ event_type: "a" })).status).toBe(403);
  });
});

describe("a late run", () => {
  it("may be late for its own reader too, each run by itself", async () => {
    const github = openTestGitHub({
      runsVisibleAfterMs: ({ displayTitle }) => (displayTitle.endsWith("[slow]") ? 60_000 : 0),
      runsReadableAfterMs: 2000,
    });
    for (const key of ["slow", "quick"]) await github.dispatch({ ref: "main", inputs: { key } });
    const shown = async (): Promise<number> =>
      (await github.read<{ total_count: number }>("/actions/runs")).total_count;
    const path = `/actions/runs/${github.runs[0]?.id}`;
    expect([await shown(), (await github.send("GET", path)).status]).toEqual([1, 404]);
    await github.clock.sleep(2000);
    expect([await shown(), (await github.send("GET", path)).status]).toEqual([1, 200]);
    await github.clock.sleep(58_000);
    expect(await shown()).toBe(2);
  });
});

describe("a run that nobody dispatched", () => {
  it("is started by its event, and is listed as such", async () => {
    const github = openTestGitHub();
    github.start({ gitRepository: "octo/images", workflow: "build.yml", event: "push", ref: "v1" });
    expect(await github.read("/actions/runs?event=push&branch=v1")).toMatchObject({ total_count: 1 });
    expect(() => github.start({ gitRepository: "octo/images", workflow: "none.yml" })).toThrow(TypeError);
  });
});
