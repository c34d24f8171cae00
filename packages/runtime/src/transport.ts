import type { HttpHeaders } from "./http-headers.ts";

/** One request on the wire: no retry, no redirect, no time limit of its own. */
export interface TransportRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Tells the listener why the request is given up, at once if it already was. */
  readonly onAbort: (listener: (reason: Error) => void) => void;
}

/** One answer: either iterate `body` or call `discard`. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Absent when the answer is known to be complete. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** Throws the body away, keeping the connection where that is cheap. */
  discard(): Promise<void>;
}

/** How bytes travel: the built-in transport, or whatever `fetch` the caller injected. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** How bytes travel to one origin by one protocol. */
export interface OriginTransport extends Transport {
  /** Takes no more requests, and ends its connections when those in flight are done. */
  retire(): Promise<void>;
}

/** What a transport throws where the libraries below it have no error that says as much. */
export class TransportError extends Error {
  /** As the errors of Node have it. */
  readonly code: string;
  /** Whether it is certain that the server did nothing with the request: then it may be repeated, whatever it is. */
  readonly unprocessed: boolean;

  constructor(code: string, options: { readonly unprocessed?: boolean; readonly cause?: unknown } = {}) {
    super(`transport failed: ${code}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.unprocessed = options.unprocessed ?? false;
  }
}

/** The request's end as a signal, for what understands only those. */
export function abortSignalOf(request: TransportRequest): AbortSignal {
  const controller = new AbortController();
  request.onAbort((reason) => controller.abort(reason));
  return controller.signal;
}
