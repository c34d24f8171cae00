import type { Clock } from "@bayplan/core";
import { connectionReset } from "./connection-reset.ts";

/** Which requests a fault applies to; everything given must match. */
export interface FaultMatch {
  /** For example `PUT`. Default any. */
  readonly method?: string;
  /** A text that the URL's path contains, or an expression it must match. Default any. */
  readonly path?: RegExp | string;
}

/** What happens instead of, or before, the answer. */
export type FaultEffect =
  /** Answered without the server's doing anything. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is lost before the server does anything. */
  | { readonly reset: true }
  /** The answer's body ends after that many bytes, although its headers announce all of it. */
  | { readonly truncateTo: number }
  /** The effect happens, then the connection is lost. */
  | { readonly loseResponse: true }
  /** Waits that many milliseconds on the server's clock, then goes on. */
  | { readonly delayMs: number }
  /** Runs first, then goes on: someone else moves the tag in between. */
  | { readonly before: () => void | Promise<void> };

/** A fault and the requests it meets. Rules are tried in the order of injection. */
export interface FaultRule {
  readonly match: FaultMatch | ((request: Request) => boolean);
  /** How many matching requests are met. Default 1; `Infinity` for all. */
  readonly times?: number;
  /** How many matching requests are let through first. Default 0. */
  readonly after?: number;
  /** Not called `then`: an object that has one is taken for a promise. */
  readonly effect: FaultEffect;
}

/** A fault that was injected. Check `hits`: a fault that never fired proves nothing. */
export interface InjectedFault {
  readonly hits: number;
  remove(): void;
}

/** Injects faults into a request handler. */
export interface FaultInjector {
  inject(rule: FaultRule): InjectedFault;
  /** Answers through the rules that match. */
  run(request: Request, handle: () => Promise<Response>): Promise<Response>;
}

interface ActiveRule {
  readonly rule: FaultRule;
  hits: number;
  toSkip: number;
}

/** The faults of one server; delays are slept on its clock. */
export function createFaultInjector(clock: Clock): FaultInjector {
  const active = new Set<ActiveRule>();

  async function run(request: Request, handle: () => Promise<Response>): Promise<Response> {
    for (const candidate of active) {
      if (!isMet(candidate, request)) continue;
      candidate.hits++;
      const effect = candidate.rule.effect;
      if ("delayMs" in effect) await clock.sleep(effect.delayMs, { signal: request.signal });
      else if ("before" in effect) await effect.before();
      else return apply(effect, handle);
    }
    return handle();
  }

  return {
    run,
    inject(rule: FaultRule): InjectedFault {
      const entry: ActiveRule = { rule, hits: 0, toSkip: rule.after ?? 0 };
      active.add(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove: () => void active.delete(entry),
      };
    },
  };
}

function isMet(entry: ActiveRule, request: Request): boolean {
  if (entry.hits >= (entry.rule.times ?? 1) || !isMatch(entry.rule.match, request)) return false;
  if (entry.toSkip === 0) return true;
  entry.toSkip--;
  return false;
}

function isMatch(match: FaultRule["match"], request: Request): boolean {
  if (typeof match === "function") return match(request);
  const { pathname } = new URL(request.url);
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  if (match.path === undefined) return true;
  // `search` ignores `lastIndex`, so an expression with the `g` flag does not skip every other request.
  return typeof match.path === "string" ? pathname.includes(match.path) : pathname.search(match.path) >= 0;
}

type FinalEffect = Exclude<FaultEffect, { delayMs: number } | { before: () => unknown }>;

async function apply(effect: FinalEffect, handle: () => Promise<Response>): Promise<Response> {
  if ("reset" in effect) throw connectionReset();
  if ("status" in effect) {
    const hasBody = effect.body !== undefined && ![204, 205, 304].includes(effect.status);
    return new Response(hasBody ? effect.body : null, { status: effect.status, headers: effect.headers ?? {} });
  }
  const response = await handle();
  if ("loseResponse" in effect) throw connectionReset();
  return truncate(response, effect.truncateTo);
}

async function truncate(response: Response, keepBytes: number): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.set("content-length", String(bytes.length));
  if (response.body === null || bytes.length <= keepBytes)
    return new Response(response.body === null ? null : bytes, { status: response.status, headers });
  let isSent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent) return controller.error(new TypeError("terminated", { cause: connectionReset().cause }));
      isSent = true;
      controller.enqueue(bytes.subarray(0, keepBytes));
    },
  });
  return new Response(body, { status: response.status, headers });
}
