import { createBuiltInTransport } from "../built-in-transport.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "../http-client.ts";
import type { HttpRequest } from "../http-request.ts";
import type { HttpResponse } from "../http-response.ts";
import type { Transport, TransportRequest } from "../transport.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { createRecordingClock } from "./test-server.ts";
import { startTlsServer, type TlsAnswer, type TlsServer, type TlsServerOptions } from "./tls-server.ts";

/** Makes TLS servers on loopback and clients that trust them, and closes all of them. */
export interface TlsBench {
  /** Whether there is a certificate to work with: openssl may not be installed. */
  readonly isReady: boolean;
  readonly certificate: Certificate;
  start(answer: TlsAnswer, options?: Partial<TlsServerOptions>): Promise<TlsServer>;
  /** Lets 64 requests at a time begin, and waits on a clock that costs no time. */
  client(options?: HttpClientOptions): HttpClient;
  /** The transport alone, without retries and time limits. */
  transport(options?: { readonly connectionsPerOrigin?: number }): Transport;
  cleanUp(): Promise<void>;
}

/** A bench for one file of tests. */
export function createTlsBench(): TlsBench {
  const made = makeCertificate();
  const certificate = made ?? { key: "", cert: "" };
  const opened: (() => Promise<void>)[] = [];
  return {
    isReady: made !== undefined,
    certificate,
    async start(answer, options = {}) {
      const server = await startTlsServer(answer, { ...certificate, ...options });
      opened.push(async () => server[Symbol.asyncDispose]());
      return server;
    },
    client(options = {}) {
      const client = createHttpClient({
        clock: createRecordingClock(),
        certificateAuthorities: { "127.0.0.1": certificate.cert, localhost: certificate.cert },
        env: {},
        concurrency: { initial: 64 },
        ...options,
      });
      opened.push(() => client.close());
      return client;
    },
    transport({ connectionsPerOrigin } = {}) {
      const certificateAuthorities = { "127.0.0.1": certificate.cert };
      const settings = { connectTimeoutMs: 10_000, certificateAuthorities, env: {}, http2: true };
      const transport = createBuiltInTransport({ connectionsPerOrigin, ...settings });
      opened.push(() => transport.close());
      return transport;
    },
    async cleanUp() {
      for (const close of opened.splice(0).reverse()) await close();
    },
  };
}

/** So many requests at once, and what each of them gave. */
export function atOnce(
  count: number,
  http: HttpClient,
  request: (index: number) => HttpRequest,
): Promise<readonly HttpResponse[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => http.request(request(index))));
}

/** A request as the transport gets it, and a way to give it up. */
export function wireRequest(
  url: string,
  options: Partial<Pick<TransportRequest, "method" | "body">> = {},
): TransportRequest & { abort(reason: Error): void } {
  const listeners: ((reason: Error) => void)[] = [];
  let given: Error | undefined;
  return {
    method: "GET",
    url: new URL(url),
    headers: {},
    body: undefined,
    ...options,
    onAbort: (listener) => {
      if (given === undefined) listeners.push(listener);
      else listener(given);
    },
    abort: (reason) => {
      given = reason;
      for (const listener of listeners) listener(reason);
    },
  };
}

/** The body of an answer as text. */
export function textOf(response: HttpResponse): string {
  return Buffer.from(response.body).toString();
}
