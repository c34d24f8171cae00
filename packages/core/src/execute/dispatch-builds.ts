import { BayplanError, isBayplanError } from "../errors.ts";
import type { TagReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { CiAdapter, DispatchRequest, Run } from "../ports/ci.ts";
import { type WaitForImageOptions, type WaitForImagePorts, waitForImage } from "./wait-for-image.ts";

/** A build to start. */
export interface BuildRequest {
  /** Names it in the report, for example the image. */
  readonly id: string;
  readonly dispatch: DispatchRequest;
  /** Ids of this list that must have been started: when one of them could not be, this one is skipped. Default none. */
  readonly needs?: readonly string[];
  /** Images that must be there first. Default none. */
  readonly waitFor?: readonly TagReference[];
}

/** What became of each build, in the order of the requests. */
export interface DispatchReport {
  readonly dispatched: readonly { readonly id: string; readonly run: Run }[];
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** `because`: the id of the build that failed, or `cancelled`. */
  readonly skipped: readonly { readonly id: string; readonly because: string }[];
}

type Result =
  | { readonly state: "dispatched"; readonly run: Run }
  | { readonly state: "failed"; readonly code: string; readonly message: string }
  | { readonly state: "skipped"; readonly because: string };

/**
 * Starts builds side by side, each as soon as the images it waits for are there, and leaves: for coordinators that do
 * not follow the runs. (`execute` does, and moves tags.) What fails or never comes holds up only what needs it. The
 * report is whole in every case.
 *
 * @throws BayplanError before anything is started: `INVALID_INPUT` for an id given twice or needed and not listed,
 * `CYCLE`.
 */
export async function dispatchBuilds(
  requests: readonly BuildRequest[],
  ports: WaitForImagePorts & { readonly ci: CiAdapter },
  options: Pick<WaitForImageOptions, "timeoutMs" | "intervalMs" | "signal"> = {},
): Promise<DispatchReport> {
  const byId = new Map(requests.map((request) => [request.id, request]));
  refuse(requests, byId);
  const results = new Map<string, Promise<Result>>();
  const resultOf = (request: BuildRequest): Promise<Result> => {
    const known = results.get(request.id);
    if (known !== undefined) return known;
    const needs = (request.needs ?? []).flatMap((id) => byId.get(id) ?? []);
    const result = start(
      request,
      needs.map((need) => [need.id, resultOf(need)] as const),
      ports,
      options,
    );
    results.set(request.id, result);
    return result;
  };
  const all = await Promise.all(requests.map(async (request) => ({ id: request.id, result: await resultOf(request) })));
  return {
    dispatched: all.flatMap(({ id, result }) => (result.state === "dispatched" ? [{ id, run: result.run }] : [])),
    failed: all.flatMap(({ id, result }) =>
      result.state === "failed" ? [{ id, code: result.code, message: result.message }] : [],
    ),
    skipped: all.flatMap(({ id, result }) => (result.state === "skipped" ? [{ id, because: result.because }] : [])),
  };
}

async function start(
  request: BuildRequest,
  needs: readonly (readonly [string, Promise<Result>])[],
  ports: WaitForImagePorts & { readonly ci: CiAdapter },
  options: Pick<WaitForImageOptions, "timeoutMs" | "intervalMs" | "signal">,
): Promise<Result> {
  for (const [id, need] of needs) {
    const result = await need;
    if (result.state === "failed") return { state: "skipped", because: id };
    if (result.state === "skipped") return result;
  }
  try {
    const waits = (request.waitFor ?? []).map((reference) => waitForImage(reference, ports, options));
    await Promise.all(waits);
    const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
    return { state: "dispatched", run: await ports.ci.dispatch(request.dispatch, call) };
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    if (error.code === "CANCELLED") return { state: "skipped", because: "cancelled" };
    return { state: "failed", code: error.code, message: error.message };
  }
}

function refuse(requests: readonly BuildRequest[], byId: ReadonlyMap<string, BuildRequest>): void {
  const problems = requests.flatMap(({ id, needs = [] }, index) => {
    const unknown = needs.filter((need) => !byId.has(need));
    return [
      ...(requests.findIndex((other) => other.id === id) === index
        ? []
        : [{ path: `${index}.id`, found: id, expected: "an id that is given once" }]),
      ...unknown.map((need) => ({ path: `${index}.needs`, found: need, expected: "an id of this list" })),
    ];
  });
  if (problems.length > 0) {
    const list = problems.map(({ path, found, expected }) => `${path} is ${found}, expected ${expected}`).join("; ");
    throw new BayplanError("INVALID_INPUT", `The builds cannot be started: ${list}.`, { problems });
  }
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) {
      const circle = [...path.slice(path.indexOf(id)), id].join(" -> ");
      throw new BayplanError("CYCLE", `Builds need each other in a circle: ${circle}.`);
    }
    if (done.has(id)) return;
    for (const need of byId.get(id)?.needs ?? []) visit(need, [...path, id]);
    done.add(id);
  };
  for (const { id } of requests) visit(id, []);
}
