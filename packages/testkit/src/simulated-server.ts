import type { Clock, Instant } from "@bayplan/core";
import { createFaultInjector, type FaultRule, type InjectedFault } from "./fault.ts";

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
  /** Makes matching requests fail, wait or lose their answer. */
  inject(fault: FaultRule): InjectedFault;
  /** Every request in the order of arrival, faulted ones included. */
  readonly log: readonly LoggedRequest[];
  /** Calls the listener at the arrival of each request; gives the way to stop that. */
  onRequest(listener: (request: LoggedRequest) => void): () => void;
}

/** Wraps a handler with faults, a log and the manners of `fetch`. */
export function createSimulatedServer(handle: SimulatedHandler, clock: Clock): SimulatedServer {
  const faults = createFaultInjector(clock);
  const log: LoggedRequest[] = [];
  const listeners = new Set<(request: LoggedRequest) => void>();

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const entry: { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] } = {
      method: request.method,
      path: url.pathname,
      query: withoutSecrets(url.searchParams),
      status: 0,
      at: clock.now(),
    };
    log.push(entry);
    for (const listener of listeners) listener(entry);
    const identify = (user: string): void => {
      entry.user = user;
    };
    const response = withoutBody(request, await faults.run(request, () => handle(request, identify)));
    entry.status = response.status;
    // A hand-made response has no address; clients that resolve a relative Link or Location need one.
    return Object.defineProperty(response, "url", { value: request.url });
  }

  return {
    log,
    inject: (rule) => faults.inject(rule),
    fetch: (input, init) =>
      untilAborted(input instanceof Request && init === undefined ? input : new Request(input, init), answer),
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
function withoutBody(request: Request, { status, headers, body }: Response): Response {
  return new Response(request.method === "HEAD" ? null : body, { status, headers });
}

function withoutSecrets(query: URLSearchParams): string {
  const shown = new URLSearchParams();
  for (const [name, value] of query) shown.append(name, /token|secret|password|signature/i.test(name) ? "***" : value);
  return shown.toString();
}
