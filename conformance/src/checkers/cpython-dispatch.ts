import { createGitHubCi, type GitHubCiOptions } from "@bayplan/ci-github";
import {
  BayplanError,
  type BuildRequest,
  dispatchBuilds,
  formatReference,
  instantToMs,
  isBayplanError,
  parseReference,
  type RegistryAdapter,
  type TagReference,
} from "@bayplan/core";
import { createGitHubSimulator, createVirtualClock } from "@bayplan/testkit";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { simulatedGhcr } from "./simulated-ghcr.ts";

const State = z.union([z.string(), z.object({ ready_at: z.number(), before: z.string().optional() })]);
const Builds = z.record(z.string(), z.object({ ref: z.string(), after: z.number() }));
const Input = z
  .object({
    version: z.string(),
    ref: z.string().default("main"),
    numpy_version: z.string().nullish(),
    missing: z.array(z.string()),
    workflows: z.record(z.string(), z.string()),
    depends_on: z.record(z.string(), z.string()),
    timeout_seconds: z.number(),
    poll_interval_seconds: z.number(),
    registry: z.string().default("ghcr.io/nascheme"),
    registry_state: z.record(z.string(), State),
    dispatch_api: z.record(z.string(), z.union([z.number(), z.literal("connfail")])),
    _builds: Builds.optional(),
  })
  .strict();
type Input = z.infer<typeof Input>;
const Api = Input.shape.dispatch_api;

interface Attempt {
  readonly t: number;
  readonly workflow: string;
  readonly body: { readonly ref: string; readonly inputs: Readonly<Record<string, string>> };
  readonly status: number | string;
}

/** Starts the missing images in the order of their bases and tells what GitHub was asked to start, when. */
export async function checkCpythonDispatch(raw: unknown, row: Case): Promise<unknown> {
  const input = Input.parse(withBuilds(raw));
  const world = await createWorld(input);
  // That the token is missing stands in the row's words only: there is no key for it.
  const hasNoToken = /\b(missing|no) token\b/i.test(String(row.row["description"] ?? ""));
  const requests = input.missing.map((image) => requestOf(image, input));
  try {
    const ci = createGitHubCi({
      repository: "nascheme/cpython_sanity",
      token: hasNoToken ? "" : "simulated",
      fetch: world.fetch,
      clock: world.clock,
      throttle: false,
    });
    const { timeout_seconds, poll_interval_seconds } = input;
    const times = { timeoutMs: timeout_seconds * 1000, intervalMs: poll_interval_seconds * 1000 };
    await dispatchBuilds(requests, { ci, registries: [world.registry], clock: world.clock }, times);
  } catch (error) {
    if (!isBayplanError(error) || !hasNoToken) throw error;
  }
  const rank = (attempt: Attempt) => input.missing.findIndex((image) => input.workflows[image] === attempt.workflow);
  const attempts = world.attempts.toSorted((left, right) => left.t - right.t || rank(left) - rank(right));
  return { dispatches: hasImageNames(row) ? attempts.map((attempt) => input.missing[rank(attempt)]) : attempts };
}

function requestOf(image: string, input: Input): BuildRequest {
  const base = input.depends_on[image];
  const numpy = image.startsWith("numpy") && typeof input.numpy_version === "string" ? input.numpy_version : undefined;
  return {
    id: image,
    dispatch: {
      workflow: input.workflows[image] ?? "",
      ref: input.ref,
      inputs: { python_version: input.version, ...(numpy === undefined ? {} : { numpy_version: numpy }) },
      key: `${image}-${input.version}`,
      attempt: 1,
    },
    needs: base !== undefined && input.missing.includes(base) ? [base] : [],
    waitFor: base === undefined ? [] : [tagOf(`${input.registry}/${base}:${input.version}`)],
  };
}

async function createWorld(input: Input) {
  const clock = createVirtualClock({ auto: true });
  const startMs = instantToMs(clock.now());
  const elapsed = () => (instantToMs(clock.now()) - startMs) / 1000;
  const readyAt = new Map<string, number>();
  const attempts: Attempt[] = [];
  const stateOf = (reference: string): string => {
    const built = readyAt.get(reference);
    if (built !== undefined && elapsed() >= built) return "ok";
    const state = input.registry_state[reference] ?? input.registry_state["*"] ?? "unknown";
    if (typeof state === "string") return state;
    return elapsed() >= state.ready_at ? "ok" : (state.before ?? "unknown");
  };
  // The case has a limit for one image, the adapter knows that limits are a host's: each image has its own registry.
  const names = publishable(input);
  const registries = new Map<string, RegistryAdapter>();
  for (const name of names) registries.set(name, await simulatedGhcr([name], stateOf));
  const [first = await simulatedGhcr([], stateOf)] = registries.values();
  const registry: RegistryAdapter = {
    ...first,
    // Its own pauses are on another clock: this one stands still until it has answered.
    resolve: (reference, options) =>
      clock.track((registries.get(formatReference(reference)) ?? first).resolve(reference, options)),
  };
  const inputs = { python_version: {}, numpy_version: {}, bayplan_key: {} };
  const workflows = Object.values(input.workflows).map((file) => [
    file,
    { inputs, runName: (given: Readonly<Record<string, string>>) => `[${given["bayplan_key"]}]`, run: async () => {} },
  ]);
  const github = createGitHubSimulator({
    clock,
    repositories: {
      "nascheme/cpython_sanity": { workflows: Object.fromEntries(workflows), refs: ["main", input.ref] },
    },
  });
  const fetch: NonNullable<GitHubCiOptions["fetch"]> = async (url, init) => {
    const [, workflow] = /\/actions\/workflows\/([^/]+)\/dispatches$/.exec(new URL(url).pathname) ?? [];
    if (workflow === undefined) return github.fetch(url, init as RequestInit);
    const status = input.dispatch_api[workflow] ?? 204;
    attempts.push({ t: elapsed(), workflow, body: bodyOf(init.body), status });
    if (status === "connfail") throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    if (status >= 400) return Response.json({ message: "refused" }, { status });
    const build = input._builds?.[workflow];
    if (build !== undefined) readyAt.set(build.ref, elapsed() + build.after);
    return github.fetch(url, init as RequestInit);
  };
  return { clock, attempts, fetch, registry };
}

function publishable(input: Input): readonly string[] {
  const own = Object.keys(input.workflows).map((image) => `${input.registry}/${image}:${input.version}`);
  const named = Object.keys(input.registry_state).filter((name) => name !== "*");
  return [...new Set([...own, ...named, ...Object.values(input._builds ?? {}).map(({ ref }) => ref)])];
}

/** What the workflow file declares: the key that Bayplan adds and the wish for the run's id are left out. */
function bodyOf(body: unknown): Attempt["body"] {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
  const { ref, inputs } = z
    .object({ ref: z.string(), inputs: z.record(z.string(), z.string()) })
    .parse(JSON.parse(text));
  const { bayplan_key: _, ...declared } = inputs;
  return { ref, inputs: declared };
}

function tagOf(text: string): TagReference {
  const reference = parseReference(text);
  if (reference.kind === "tag") return reference;
  throw new BayplanError("INVALID_INPUT", "The case names a base without a tag.");
}

/** `_builds` stands inside `dispatch_api` or beside it. */
function withBuilds(raw: unknown): unknown {
  const input = z
    .object({ dispatch_api: z.record(z.string(), z.unknown()) })
    .loose()
    .parse(raw);
  const { _builds, ...api } = input.dispatch_api;
  return { ...input, dispatch_api: Api.parse(api), ...(_builds === undefined ? {} : { _builds }) };
}

function hasImageNames({ expected }: Case): boolean {
  const { dispatches } = z
    .object({ dispatches: z.array(z.unknown()) })
    .loose()
    .parse(expected);
  return dispatches.length > 0 && dispatches.every((entry) => typeof entry === "string");
}
