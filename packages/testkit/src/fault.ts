import type { Clock } from "@bayplan/core";
import { connectionReset } from "./connection-reset.ts";
import { type AnswerEffect, changeAnswer, rateLimited } from "./fault-answer.ts";
import { urlOf } from "./request-url.ts";

/** Which requests a fault applies to; everything given must match. */
export interface FaultMatch {
  /** For example `PUT`. Default any. */
  readonly method?: string;
  /** A text that the URL's path contains, or an expression it must match. Default any. */
  readonly path?: RegExp | string;
}

/** What happens instead of, before, or to the answer. */
export type FaultEffect =
  /** Answered without the server's doing anything. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Answered 429 `TOOMANYREQUESTS`, the delay only in the body and as a Go duration, as GHCR does it. */
  | { readonly rateLimitedForMs: number }
  /** The connection is lost before the server does anything. */
  | { readonly reset: true }
  /** The effect happens, then the connection is lost. */
  | { readonly loseResponse: true }
  /** Reads are answered as if the last that many requests had not come yet; a write is never stale. Registry only. */
  | { readonly staleByRequests: number }
  /** Reads are answered as they were that many milliseconds ago, on the server's clock. Registry only. */
  | { readonly staleByMs: number }
  | AnswerEffect
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
  run(request: Request, handlers: FaultHandlers): Promise<Response>;
}

/** How far back an answer comes from. */
export type Staleness = Extract<FaultEffect, { staleByRequests: number } | { staleByMs: number }>;

/** How a request is answered when no fault stands in the way. */
export interface FaultHandlers {
  now(): Promise<Response>;
  /** From the past, where the server knows its past. */
  readonly stale?: ((staleness: Staleness) => Promise<Response>) | undefined;
}

interface ActiveRule {
  readonly rule: FaultRule;
  hits: number;
  toSkip: number;
}

/** The faults of one server; delays are slept on its clock. */
export function createFaultInjector(clock: Clock): FaultInjector {
  const active = new Set<ActiveRule>();

  async function run(request: Request, handlers: FaultHandlers): Promise<Response> {
    for (const candidate of active) {
      if (!isMet(candidate, request)) continue;
      candidate.hits++;
      const effect = candidate.rule.effect;
      if ("delayMs" in effect) await clock.sleep(effect.delayMs, { signal: request.signal });
      else if ("before" in effect) await effect.before();
      else return apply(effect, handlers, clock);
    }
    return handlers.now();
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
  const { effect, match, times = 1 } = entry.rule;
  if (entry.hits >= times || !isMatch(match, request)) return false;
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead && ("staleByRequests" in effect || "staleByMs" in effect)) return false;
  if (entry.toSkip === 0) return true;
  entry.toSkip--;
  return false;
}

function isMatch(match: FaultRule["match"], request: Request): boolean {
  if (typeof match === "function") return match(request);
  const { pathname } = urlOf(request);
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  if (match.path === undefined) return true;
  // `search` ignores `lastIndex`, so an expression with the `g` flag does not skip every other request.
  return typeof match.path === "string" ? pathname.includes(match.path) : pathname.search(match.path) >= 0;
}

type FinalEffect = Exclude<FaultEffect, { delayMs: number } | { before: () => unknown }>;

async function apply(effect: FinalEffect, handlers: FaultHandlers, clock: Clock): Promise<Response> {
  if ("reset" in effect) throw connectionReset();
  if ("status" in effect) {
    const hasBody = effect.body !== undefined && ![204, 205, 304].includes(effect.status);
    return new Response(hasBody ? effect.body : null, { status: effect.status, headers: effect.headers ?? {} });
  }
  if ("rateLimitedForMs" in effect) return rateLimited(effect.rateLimitedForMs);
  if ("staleByRequests" in effect || "staleByMs" in effect) return (handlers.stale ?? handlers.now)(effect);
  const response = await handlers.now();
  if ("loseResponse" in effect) throw connectionReset();
  return changeAnswer(response, effect, clock);
}
