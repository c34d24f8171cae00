import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream, type Settings } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Certificate } from "./certificate.ts";

/** The response to a request of HTTP/1.1, or what Node makes look like one, with its stream. */
export type TlsResponse = ServerResponse & { readonly stream?: ServerHttp2Stream };

/** Answers one request by whichever protocol it came. */
export type TlsAnswer = (request: IncomingMessage, response: TlsResponse, server: TlsServer) => void | Promise<void>;

/** A TLS server on loopback that counts what is opened to it. */
export interface TlsServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** TLS connections so far. */
  handshakes: number;
  /** HTTP/2 sessions so far, in the order of their arrival. */
  readonly sessions: readonly ServerHttp2Session[];
  /** Protocol and path of each request, such as `2 GET /a`. */
  readonly seen: string[];
  /** The most requests that were in progress at once on one connection, by protocol. */
  readonly mostAtOnce: { 1: number; 2: number };
  /** The error code of each stream that ended, by path. */
  readonly closedWith: Map<string, number>;
  /** Ends all TCP connections with a reset. */
  reset(): void;
  /** Settles when there has been a connection, and none is left. */
  connectionClosed(): Promise<void>;
}

/** What {@link startTlsServer} does apart from answering. */
export interface TlsServerOptions extends Certificate {
  /** Default `both`. `http/1.1`: without a say in the negotiation, as servers without HTTP/2 are. */
  readonly protocols?: "both" | "http/1.1";
  /** Chooses for each connection, in place of `protocols`. */
  readonly choose?: () => "h2" | "http/1.1";
  readonly settings?: Settings;
  /** Default any. */
  readonly port?: number;
}

/** Starts a {@link TlsServer}. */
export async function startTlsServer(answer: TlsAnswer, options: TlsServerOptions): Promise<TlsServer> {
  const { key, cert, choose, protocols = "both", settings = {}, port = 0 } = options;
  const chosen = choose === undefined ? {} : { ALPNCallback: choose };
  const server =
    protocols === "both"
      ? createSecureServer({ key, cert, allowHTTP1: true, settings, ...chosen })
      : createServer({ key, cert });
  const tcp = new Set<Socket>();
  const sessions: ServerHttp2Session[] = [];
  const inProgress = new Map<unknown, number>();
  const started: TlsServer = {
    origin: "",
    port: 0,
    handshakes: 0,
    sessions,
    seen: [],
    mostAtOnce: { 1: 0, 2: 0 },
    closedWith: new Map(),
    reset: () => {
      for (const socket of tcp) socket.resetAndDestroy();
    },
    connectionClosed: async () => {
      if (started.handshakes === 0) await once(server, "secureConnection");
      while (tcp.size > 0) await Promise.all([...tcp].map((socket) => once(socket, "close")));
    },
    [Symbol.asyncDispose]: () => stop(server, tcp),
  };
  server.on("connection", (socket: Socket) => {
    tcp.add(socket);
    socket.on("close", () => tcp.delete(socket)).on("error", () => {});
  });
  server.on("secureConnection", () => {
    started.handshakes += 1;
  });
  server.on("tlsClientError", () => {});
  server.on("session", (session: ServerHttp2Session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("request", (request: IncomingMessage, response: TlsResponse) => {
    const { stream } = response;
    const connection = stream?.session ?? request.socket;
    const count = (change: number) => {
      const now = (inProgress.get(connection) ?? 0) + change;
      inProgress.set(connection, now);
      const version = stream === undefined ? 1 : 2;
      started.mostAtOnce[version] = Math.max(started.mostAtOnce[version], now);
    };
    const { url = "" } = request;
    started.seen.push(`${request.httpVersionMajor} ${request.method} ${url}`);
    count(1);
    (stream ?? response).once("close", () => {
      count(-1);
      if (stream !== undefined) started.closedWith.set(url, stream.rstCode);
    });
    stream?.on("error", () => {});
    // A request that is cut off fails whoever reads it.
    Promise.resolve(answer(request, response, started)).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = (server.address() as AddressInfo).port;
  return Object.assign(started, { port: address, origin: `https://127.0.0.1:${address}` });
}

async function stop(server: Server, tcp: ReadonlySet<Socket>): Promise<void> {
  for (const socket of tcp) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}
