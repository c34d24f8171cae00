import type { Dispatcher } from "undici";
import { headersFromRecord } from "./http-headers.ts";
import type { TransportRequest, TransportResponse } from "./transport.ts";

/**
 * Sends a HEAD request without the stream and the abort signal that `pool.request` needs: there is no body to read, and
 * a run resolves thousands of references this way.
 *
 * @see https://undici.nodejs.org/#/docs/api/Dispatcher?id=dispatcherdispatchoptions-handler
 */
export function sendHead(pool: Dispatcher, request: TransportRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    let answer: TransportResponse | undefined;
    const head = {
      method: "HEAD",
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      headers: request.headers,
      // undici closes the connection after every HEAD unless told not to: https://github.com/nodejs/undici/pull/1858
      reset: false,
    } as const;
    pool.dispatch(head, {
      onRequestStart: (controller) => request.onAbort((reason) => controller.abort(reason)),
      // Once for each 1xx as well; the last one counts.
      onResponseStart: (_, status, headers) => {
        answer = { status, headers: headersFromRecord(headers), discard: async () => {} };
      },
      onResponseEnd: () => {
        if (answer === undefined) reject(new Error("undici ended an answer that had not begun"));
        else resolve(answer);
      },
      onResponseError: (_, error) => reject(error),
    });
  });
}
