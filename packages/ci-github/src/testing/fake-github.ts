import { type Clock, instantToMs } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";

/** A run inside {@link createFakeGitHub}; tests change it freely. */
export interface FakeRun {
  id: number;
  display_title: string;
  status: string;
  conclusion: string | null;
  run_attempt?: number;
  /** Default `workflow_dispatch`. */
  event?: string;
  html_url: string;
  created_at: string;
  updated_at?: string;
  /** Not shown by lists before this time, in milliseconds. */
  listedFromMs: number;
}

/** What a test asks the fake to do instead of answering; `undefined` lets it answer. */
export type Interception = (request: SentRequest) => Response | Error | undefined | Promise<Response | undefined>;

/** A request as it arrived. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

/** A small GitHub Actions: dispatches, lists, conditional reads, cancels. */
export interface FakeGitHub {
  readonly fetch: FetchLike;
  readonly runs: FakeRun[];
  readonly sent: SentRequest[];
  /** Called before each answer. */
  intercept: Interception;
  /** Called after a dispatch made its run, before it is answered. */
  afterDispatch: (run: FakeRun) => Response | Error | undefined;
  /** How a run is named. Default `build [<key>]`. */
  nameOf: (inputs: Record<string, unknown>) => string;
  /** Runs are listed this much later than they start. */
  listLagMs: number;
  add(run?: Partial<FakeRun>): FakeRun;
}

/** Makes one; `now` dates its runs. */
export function createFakeGitHub(clock: Clock): FakeGitHub {
  const nowMs = (): number => instantToMs(clock.now());
  const github: FakeGitHub = {
    runs: [],
    sent: [],
    listLagMs: 0,
    intercept: () => undefined,
    afterDispatch: () => undefined,
    nameOf: (inputs) => `build [${inputs["bayplan_key"]}]`,
    add(run = {}) {
      const id = run.id ?? Math.max(100, ...github.runs.map((other) => other.id)) + 1;
      const added: FakeRun = {
        id,
        display_title: "build",
        status: "queued",
        conclusion: null,
        html_url: `https://github.com/o/n/actions/runs/${id}`,
        created_at: clock.now(),
        listedFromMs: nowMs() + github.listLagMs,
        ...run,
      };
      github.runs.push(added);
      return added;
    },
    async fetch(url, init) {
      const { method, headers } = init;
      const text = init.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : "{}";
      const request: SentRequest = { method, headers, url: new URL(url), body: JSON.parse(text) };
      github.sent.push(request);
      const intercepted = (await github.intercept(request)) ?? answer(request);
      if (intercepted instanceof Error) throw intercepted;
      return intercepted;
    },
  };

  function answer(request: SentRequest): Response | Error {
    if (/\/repos\/o\/n\/dispatches$/.test(request.url.pathname)) return dispatchEvent(request);
    const path = request.url.pathname.replace(/^(\/api\/v3)?\/repos\/o\/n\/actions/, "");
    if (/^\/workflows\/build\.yml\/dispatches$/.test(path)) return dispatch(request);
    if (/^\/workflows\/build\.yml\/runs$/.test(path)) return list(request);
    const [, id, verb] = /^\/runs\/(\d+)(\/cancel)?$/.exec(path) ?? [];
    const run = github.runs.find((candidate) => String(candidate.id) === id);
    if (run === undefined) return json({ message: "Not Found" }, 404);
    if (verb === undefined) return read(request, run);
    if (run.status === "completed") return json({ message: "Cannot cancel a workflow run that is completed." }, 409);
    Object.assign(run, { status: "completed", conclusion: "cancelled" });
    return json({}, 202);
  }

  function dispatch({ body }: SentRequest): Response | Error {
    const run = github.add({ display_title: github.nameOf(body["inputs"] as Record<string, unknown>) });
    const changed = github.afterDispatch(run);
    if (changed !== undefined) return changed;
    if (body["return_run_details"] !== true) return new Response(null, { status: 204 });
    return json({ workflow_run_id: run.id, run_url: "https://api.github.com/x", html_url: run.html_url });
  }

  function dispatchEvent({ body }: SentRequest): Response | Error {
    const payload = body["client_payload"] as Record<string, unknown>;
    const run = github.add({ display_title: github.nameOf(payload), event: "repository_dispatch" });
    return github.afterDispatch(run) ?? new Response(null, { status: 204 });
  }

  function list({ url }: SentRequest): Response {
    const { per_page, page, created, event } = Object.fromEntries(url.searchParams);
    const [since = "", until = "9"] = (created ?? "").replace(">=", "").split("..");
    const found = github.runs
      .filter((run) => (run.event ?? "workflow_dispatch") === event)
      .filter((run) => run.created_at >= since && run.created_at <= until && run.listedFromMs <= nowMs())
      .toSorted((left, right) => right.created_at.localeCompare(left.created_at) || right.id - left.id)
      .slice(0, 1000);
    const from = (Number(page) - 1) * Number(per_page);
    const hasNext = found.length > from + Number(per_page);
    const headers = hasNext ? { link: `<${url.origin}/somewhere?page=${Number(page) + 1}>; rel="next"` } : {};
    return json({ total_count: found.length, workflow_runs: found.slice(from, from + Number(per_page)) }, 200, headers);
  }

  function read({ headers }: SentRequest, run: FakeRun): Response {
    const etag = `"${run.id}-${run.status}-${run.conclusion}-${run.run_attempt}"`;
    if (headers["if-none-match"] === etag) return new Response(null, { status: 304, headers: { etag } });
    return json(run, 200, { etag });
  }

  return github;
}

/** A JSON answer. */
export function json(data: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(data), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}
