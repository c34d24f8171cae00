import type { OutgoingHttpHeaders } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { answerParent } from "../answer-parent.ts";
import { type Asked, createRegistryHandler, type RequestCounts } from "./registry-handler.ts";

/** Starts the servers, or asks for what they counted. */
export type ServerQuestion = { readonly start: ServerStart } | "counts";

/** What the servers are made of. */
export interface ServerStart {
  readonly cert: string;
  readonly key: string;
  readonly references: readonly (readonly [repository: string, tag: string])[];
}

/** On which ports of loopback they listen. */
export interface ServerPorts {
  /** HTTP/2 or HTTP/1.1, whichever the client prefers. */
  readonly negotiated: number;
  readonly http1: number;
}

/** What came in since the last question. */
export interface ServerCounts extends RequestCounts {
  readonly connections: number;
  /** Those of them that speak HTTP/2. */
  readonly http2Connections: number;
}

interface Reply {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  end(): unknown;
  end(body: string): unknown;
}

// What nginx allows by default.
const maxConcurrentStreams = 128;
let connections = { connections: 0, http2Connections: 0 };
let takeCounts: (() => RequestCounts) | undefined;

answerParent<ServerQuestion>(async (question) => {
  if (question !== "counts") return await start(question.start);
  const taken = { ...connections, ...takeCounts?.() };
  connections = { connections: 0, http2Connections: 0 };
  return taken;
});

async function start({ cert, key, references }: ServerStart): Promise<ServerPorts> {
  const handler = createRegistryHandler(references);
  takeCounts = handler.takeCounts;
  const onRequest = (asked: Asked & { readonly method?: string | undefined }, reply: Reply) => {
    const { status, headers, body } = handler.answer(asked);
    reply.writeHead(status, headers);
    if (asked.method === "HEAD") reply.end();
    else reply.end(body);
  };
  const settings = { maxConcurrentStreams };
  const negotiated = createSecureServer({ cert, key, settings, allowHTTP1: true }, onRequest);
  const http1 = createServer({ cert, key, ALPNProtocols: ["http/1.1"] }, onRequest);
  return { negotiated: await listen(negotiated), http1: await listen(http1) };
}

function listen(server: Server): Promise<number> {
  server.on("secureConnection", (socket: TLSSocket) => {
    socket.setNoDelay(true);
    connections.connections += 1;
    if (socket.alpnProtocol === "h2") connections.http2Connections += 1;
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
