import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Clock, instantFromMs } from "@bayplan/core";

/** A request as a test server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Answers one request; `index` counts from 0. */
export type Answer = (request: SeenRequest, response: ServerResponse, index: number) => void | Promise<void>;

/** A server on an ephemeral loopback port that counts connections and remembers requests. For the tests of this package. */
export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: readonly SeenRequest[];
  connections: number;
  /** Closes every open connection from the server's side. */
  dropConnections(): void;
}

/** Starts a {@link TestServer}. */
export async function startTestServer(answer: Answer): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const index = seen.length;
    const chunks: Buffer[] = [];
    const saw = { method: request.method ?? "", url: request.url ?? "", headers: request.headers };
    const entry = { ...saw, body: Buffer.alloc(0) };
    seen.push(entry);
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    entry.body = Buffer.concat(chunks);
    await answer(entry, response, index);
  });
  const result = {
    origin: "",
    seen,
    connections: 0,
    dropConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      result.dropConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("connection", (socket) => {
    result.connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  result.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return result;
}

/** A clock that never waits and remembers how long it should have. */
export function createRecordingClock(start = Date.parse("2026-11-21T02:00:00Z")): Clock & { readonly waits: number[] } {
  let now = start;
  const waits: number[] = [];
  return {
    waits,
    now: () => instantFromMs(now),
    sleep: async (durationMs) => {
      waits.push(durationMs);
      now += durationMs;
    },
  };
}
