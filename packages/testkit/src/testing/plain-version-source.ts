import {
  BayplanError,
  type BayplanErrorCode,
  type CallOptions,
  type Completeness,
  throwIfCancelled,
  type VersionSource,
} from "@bayplan/core";
import type { VersionSourceWorld } from "../contract/version-source-contract-world.ts";

/** What a plain source does wrong. */
export type SourceMistake =
  | "stops at the first failure"
  | "takes nonsense for nothing"
  | "reads the first page only"
  | "follows every link"
  | "forgets where it was"
  | "says that a cut list is whole"
  | "reads all pages at once"
  | "ignores signals"
  | "asks for everybody"
  | "gives old lists as new ones"
  | "repeats the answer"
  | "does not wait"
  | "waits for hours"
  | "gives twice what moves"
  | "is complete before its end";

interface Page {
  readonly versions: readonly string[];
  readonly next?: string;
}

const codes: Readonly<Record<number, BayplanErrorCode>> = {
  401: "UNAUTHORIZED",
  403: "DENIED",
  404: "NOT_FOUND",
  429: "RATE_LIMITED",
};

/** The simplest source that passes the contract, or one that makes a mistake: over `{ versions, next }`. */
export function createPlainVersionSource(world: VersionSourceWorld, mistake?: SourceMistake): VersionSource {
  const inFlight = new Map<string, Promise<Page>>();
  let last: readonly string[] | undefined;

  async function get(url: string): Promise<Page> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${world.token}` },
        redirect: "error",
      }).catch(() => {
        throw new BayplanError("UNAVAILABLE", "no answer");
      });
      const text = await response.text().catch(() => {
        throw new BayplanError("UNAVAILABLE", "half an answer");
      });
      if (response.status === 200) return parse(text);
      const waitMs = Number(response.headers.get("retry-after") ?? 0) * 1000;
      const said = mistake === "repeats the answer" ? text : "";
      const isTooLong = waitMs > 60_000 && mistake !== "waits for hours";
      if (![429, 503].includes(response.status) || isTooLong || attempt === 3) {
        const options = waitMs === 0 ? {} : { retryAfterMs: waitMs };
        throw new BayplanError(codes[response.status] ?? "UNAVAILABLE", `refused ${said}`, options);
      }
      if (mistake !== "does not wait") await world.clock.sleep(waitMs);
    }
  }

  function parse(text: string): Page {
    try {
      const page = JSON.parse(text) as Page;
      if (Array.isArray(page.versions)) return page;
    } catch {}
    if (mistake === "takes nonsense for nothing") return { versions: [] };
    throw new BayplanError("RESPONSE_INVALID", "not a page");
  }

  function share(url: string): Promise<Page> {
    const known = inFlight.get(url);
    if (known !== undefined && mistake !== "asks for everybody") return known;
    const page = get(url).finally(() => inFlight.delete(url));
    inFlight.set(url, page);
    return page;
  }

  async function* read({ signal }: CallOptions): AsyncGenerator<string, Completeness> {
    const visited = new Set<string>();
    for (let url: string | undefined = `${world.origin}/versions`; url !== undefined; ) {
      if (mistake !== "ignores signals") throwIfCancelled(signal);
      if (visited.size === world.maxPages) return { truncated: mistake !== "says that a cut list is whole" };
      visited.add(url);
      const { versions, next }: Page = await until(share(url), mistake === "ignores signals" ? undefined : signal);
      yield* versions;
      if (mistake === "reads the first page only" || next === undefined) return { truncated: false };
      const isAllowed = mistake === "follows every link" || new URL(next).origin === world.origin;
      if (!isAllowed || (visited.has(next) && mistake !== "forgets where it was"))
        throw new BayplanError("RESPONSE_INVALID", "a link that is not followed");
      url = next;
    }
    return { truncated: false };
  }

  return {
    id: "plain",
    list(call = {}) {
      let completeness: Completeness | undefined =
        mistake === "is complete before its end" ? { truncated: false } : undefined;
      async function* candidates() {
        const seen = new Set<string>();
        const pages = read(call);
        const ahead: string[] = [];
        try {
          for (let next = await pages.next(); ; next = await pages.next()) {
            if (next.done === true) {
              completeness = next.value;
              break;
            }
            if (seen.has(next.value) && mistake !== "gives twice what moves") continue;
            seen.add(next.value);
            if (mistake === "reads all pages at once") ahead.push(next.value);
            else yield { raw: next.value };
          }
        } catch (error) {
          const isPassing = error instanceof BayplanError && error.code === "UNAVAILABLE";
          if (isPassing && mistake === "gives old lists as new ones") yield* (last ?? []).map((raw) => ({ raw }));
          else if (!isPassing || mistake !== "stops at the first failure") throw error;
          completeness = { truncated: false };
        }
        yield* ahead.map((raw) => ({ raw }));
        if (seen.size > 0) last = [...seen];
      }
      return {
        [Symbol.asyncIterator]: candidates,
        completeness() {
          if (completeness === undefined) throw new BayplanError("INCOMPLETE", "not yet");
          return completeness;
        },
      };
    },
  };
}

function until<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new BayplanError("CANCELLED", "cancelled")), { once: true });
    promise.then(resolve, reject);
  });
}
