import { BayplanError, type Clock, type Instant } from "@bayplan/core";
import { createFaultInjector, type FaultRule, type InjectedFault, type Staleness } from "./fault.ts";
import { withBody } from "./header-lines.ts";
import { withLightRequests } from "./light-request.ts";
import { urlOf } from "./request-url.ts";

/** One request as a simulated server saw it. Headers and bodies are not kept, so no credential can be. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** The query without `?`; values of parameters that look like secrets are replaced. */
  readonly query: string;
  /** What was answered; 0 while it is not, and when the connection was lost instead. */
  readonly status: number;
  /** Who was authenticated, if anyone. */
  readonly user?: string;
  readonly at: Instant;
}

/** Answers a request; `identify` names the authenticated user for the log. */
export type SimulatedHandler = (request: Request, identify: (user: string) => void) => Promise<Response>;

/** A server without a socket: mount `fetch` directly, in msw, or on a socket by `serve`. */
export interface SimulatedServer {
  /** Answers as the global `fetch` would, except that redirects are handed back, not followed. */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>;
  /**
   * Makes matching requests fail, wait or lose their answer.
   *
   * @throws BayplanError `UNSUPPORTED` for stale answers of a server that does not keep its past.
   */
  inject(fault: FaultRule): InjectedFault;
  /** Every request in the order of arrival, faulted ones included. */
  readonly log: readonly LoggedRequest[];
  /** Calls the listener at the arrival of each request; gives the way to stop that. */
  onRequest(listener: (request: LoggedRequest) => void): () => void;
}

/** Answers a read as it would have been answered in the past; `requestsBefore` is how many had come before this one. */
export type PastHandler = (
  request: Request,
  past: { readonly staleness: Staleness; readonly requestsBefore: number },
  identify: (user: string) => void,
) => Promise<Response>;

/** Wraps a handler with faults, a log and the manners of `fetch`. Without `handlePast` stale answers are refused. */
export function createSimulatedServer(
  handle: SimulatedHandler,
  clock: Clock,
  options: { readonly handlePast?: PastHandler } = {},
): SimulatedServer {
  const faults = createFaultInjector(clock);
  const log: LoggedRequest[] = [];
  const listeners = new Set<(request: LoggedRequest) => void>();

  async function answer(request: Request): Promise<Response> {
    const url = urlOf(request);
    const entry: { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] } = {
      method: request.method,
      path: url.pathname,
      query: url.search === "" ? "" : withoutSecrets(url.searchParams),
      status: 0,
      at: clock.now(),
    };
    const requestsBefore = log.length;
    log.push(entry);
    for (const listener of listeners) listener(entry);
    const identify = (user: string): void => {
      entry.user = user;
    };
    const { handlePast } = options;
    const answered = await faults.run(request, {
      now: () => handle(request, identify),
      stale: handlePast && ((staleness) => handlePast(request, { staleness, requestsBefore }, identify)),
    });
    const response = withoutBody(request, answered);
    entry.status = response.status;
    // A hand-made response has no address; clients that resolve a relative Link or Location need one.
    return Object.defineProperty(response, "url", { value: request.url });
  }

  return {
    log,
    inject(rule) {
      const isStale = "staleByRequests" in rule.effect || "staleByMs" in rule.effect;
      if (!isStale || options.handlePast !== undefined) return faults.inject(rule);
      throw new BayplanError("UNSUPPORTED", "This server does not know its past. Inject another effect.");
    },
    fetch: withLightRequests((input: Request | URL | string, init?: RequestInit) =>
      untilAborted(input instanceof Request && init === undefined ? input : new Request(input, init), answer),
    ),
    onRequest(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function untilAborted(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response> {
  const { signal } = request;
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([answer(request), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

// Whatever a handler or a fault answers to HEAD: its headers arrive, its body does not.
function withoutBody(request: Request, response: Response): Response {
  return request.method === "HEAD" && response.body !== null ? withBody(response, null) : response;
}

function withoutSecrets(query: URLSearchParams): string {
  const shown = new URLSearchParams();
  for (const [name, value] of query) shown.append(name, /token|secret|password|signature/i.test(name) ? "***" : value);
  return shown.toString();
}
