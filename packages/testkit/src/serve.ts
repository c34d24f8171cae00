import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isConnectionReset } from "./connection-reset.ts";
import { headerLines } from "./header-lines.ts";
import { requestFor } from "./light-request.ts";

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
    await send(await handler(requestFor(handler, incoming, abort)), outgoing);
  } catch (error) {
    if (outgoing.headersSent) incoming.socket.destroy();
    else if (isConnectionReset(error)) incoming.socket.resetAndDestroy();
    else outgoing.writeHead(500, { "content-type": "text/plain" }).end("The simulated server failed.\n");
  }
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  const isHead = outgoing.req.method === "HEAD";
  const isBodiless = [204, 304].includes(response.status);
  outgoing.writeHead(response.status, headersToSend(response, isHead || isBodiless));
  // Not awaited: cancelling one of two clones ends with the other.
  if (isHead || isBodiless) void response.body?.cancel().catch(() => {});
  else if (response.body !== null) await pump(response.body, outgoing);
  outgoing.end();
}

async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  // A body that is slow to come must not outlive the client that waits for it.
  outgoing.once("close", () => void reader.cancel().catch(() => {}));
  // Headers wait for the first bytes, to go out with them, but not for bytes that are slow to come.
  const flushing = setImmediate(() => outgoing.flushHeaders());
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    clearImmediate(flushing);
    await write(outgoing, read.value);
  }
  clearImmediate(flushing);
}

// Name, value, name, value: the form in which Node copies nothing and keeps lines apart.
function headersToSend(response: Response, isBodiless: boolean): string[] {
  const flat: string[] = [];
  const lines = headerLines(response);
  for (const [name, joined] of response.headers) {
    for (const value of lines[name] ?? [joined]) flat.push(name, value);
  }
  if (response.body === null && !isBodiless && !response.headers.has("content-length"))
    flat.push("content-length", "0");
  return flat;
}

function write(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => outgoing.write(chunk, (error) => (error ? reject(error) : resolve())));
}
