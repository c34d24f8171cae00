import type { FetchLike, FetchLikeResponse } from "../fetch-like.ts";

/** A request that arrived and waits for the test to end it. */
export interface HeldRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  answer(status: number, headers?: Readonly<Record<string, string>>, body?: string): void;
  /** Ends it as a lost connection does, with that code of Node. */
  fail(code: string): void;
}

/** A network whose answers the test gives one by one. */
export interface HeldFetch {
  readonly fetch: FetchLike;
  /** Those without an answer, in the order of arrival. */
  readonly held: readonly HeldRequest[];
  /** How many have arrived in all. */
  readonly arrived: number;
  /** Those of the moment, answered all at once. */
  answerAll(status: number, headers?: Readonly<Record<string, string>>, body?: string): void;
}

/** A {@link HeldFetch}; a request whose signal aborts leaves by itself. */
export function createHeldFetch(): HeldFetch {
  const held: HeldRequest[] = [];
  let arrived = 0;
  const fetch: FetchLike = (url, { method, headers, signal }) => {
    // What was given up before does not go out, as with a real one.
    if (signal.aborted) return Promise.reject(signal.reason);
    arrived += 1;
    return new Promise<FetchLikeResponse>((resolve, reject) => {
      const leave = (): void => {
        held.splice(held.indexOf(request), 1);
      };
      const request: HeldRequest = {
        url,
        method,
        headers,
        answer(status, given = {}, body = "") {
          leave();
          resolve(new Response(status === 204 ? null : body, { status, headers: given }));
        },
        fail(code) {
          leave();
          reject(Object.assign(new Error("lost"), { code }));
        },
      };
      held.push(request);
      signal.addEventListener("abort", () => {
        if (held.includes(request)) leave();
        reject(signal.reason);
      });
    });
  };
  return {
    fetch,
    held,
    get arrived() {
      return arrived;
    },
    answerAll(...answer) {
      for (const request of [...held]) request.answer(...answer);
    },
  };
}
