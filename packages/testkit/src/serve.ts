import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { isConnectionReset } from "./connection-reset.ts";

/** Where {@link serve} listens. */
export interface ServeOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: the operating system chooses a free one. */
  readonly port?: number;
}

/** A handler that listens on a socket. */
export interface ServedHandler {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Host and port, as an image reference begins. */
  readonly host: string;
  /** How many connections were accepted so far. */
  readonly connections: number;
  /** Stops listening and destroys every open socket. */
  close(): Promise<void>;
}

/**
 * Mounts a request handler on a loopback socket, over plain HTTP/1.1.
 *
 * A handler that rejects with a lost connection resets the socket; one that rejects with anything else answers 500; a
 * body that fails half-way destroys the socket, so that the client sees a truncated answer.
 */
export async function serve(
  handler: (request: Request) => Promise<Response>,
  options: ServeOptions = {},
): Promise<ServedHandler> {
  let connections = 0;
  const server = createServer((incoming, outgoing) => void answer(handler, incoming, outgoing));
  server.on("connection", () => connections++);
  const hostName = options.host ?? "127.0.0.1";
  await listen(server, options.port ?? 0, hostName);
  const host = `${hostName.includes(":") ? `[${hostName}]` : hostName}:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${host}`,
    host,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) abort.abort(new Error("The client closed the connection."));
  });
  try {
    await send(await handler(toRequest(incoming, abort.signal)), outgoing);
  } catch (error) {
    if (outgoing.headersSent) incoming.socket.destroy();
    else if (isConnectionReset(error)) incoming.socket.resetAndDestroy();
    else outgoing.writeHead(500, { "content-type": "text/plain" }).end("The simulated server failed.\n");
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const method = incoming.method ?? "GET";
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const part of [value ?? []].flat()) headers.append(name, part);
  }
  const url = new URL(`http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  return new Request(url, { method, headers, signal, body: Readable.toWeb(incoming), duplex: "half" });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  const isHead = outgoing.req.method === "HEAD";
  const isBodiless = [204, 304].includes(response.status);
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  if (response.body === null && !isHead && !isBodiless) outgoing.setHeader("content-length", 0);
  outgoing.writeHead(response.status);
  // Not awaited: cancelling one of two clones ends with the other.
  if (isHead || isBodiless) void response.body?.cancel().catch(() => {});
  else for await (const chunk of response.body ?? []) await write(outgoing, chunk);
  outgoing.end();
}

function write(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => outgoing.write(chunk, (error) => (error ? reject(error) : resolve())));
}
