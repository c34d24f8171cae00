import type { CallOptions } from "@bayplan/core";
import { untilCancelled } from "@bayplan/runtime";
import { deferred } from "./deferred.ts";

/** Runs work that sends credentials. */
export type FirstLogin = <Result>(
  authorization: string | undefined,
  work: () => Promise<Result>,
  options: CallOptions,
) => Promise<Result>;

const maxRemembered = 1_000;

/**
 * Sends credentials once before it sends them many times at once, since many wrong logins lock an account. Who comes
 * meanwhile waits until that one has ended, whatever comes of it; without credentials nobody waits.
 */
export function createFirstLogin(): FirstLogin {
  const underWay = new Map<string, Promise<void>>();
  const tried = new Set<string>();
  return async (authorization, work, options) => {
    // After one that ended all go at once: behind an endpoint that does not answer, each would wait out the retries of
    // all before it. After one that was cancelled, the next one is the first.
    while (authorization !== undefined && !tried.has(authorization)) {
      const first = underWay.get(authorization);
      if (first !== undefined) {
        await untilCancelled(first, options);
        continue;
      }
      const { promise, resolve } = deferred<void>();
      underWay.set(authorization, promise);
      try {
        return await work();
      } finally {
        if (tried.size >= maxRemembered) tried.clear();
        if (options.signal?.aborted !== true) tried.add(authorization);
        underWay.delete(authorization);
        resolve();
      }
    }
    return await work();
  };
}
