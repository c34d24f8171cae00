import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

/** A server that speaks bytes, for answers that no HTTP server can be brought to give. */
interface ByteServer extends AsyncDisposable {
  readonly host: string;
  readonly requests: number;
  /** What left towards the clients, counted when the operating system took it. */
  readonly sentBytes: number;
  /** Resolves when no connection is open. */
  untilDeserted(): Promise<void>;
}

/** Speaks on one connection after a request has come, until `isOpen` says that the client has gone. */
type Speech = (say: (bytes: string | Uint8Array) => Promise<void>, isOpen: () => boolean) => Promise<void>;

/** Opens a {@link ByteServer}; `speak` is called for each request. Bodies of requests are taken for further requests. */
export async function openByteServer(speak: Speech): Promise<ByteServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let sentBytes = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let head = "";
    socket.on("data", (chunk: Buffer) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      head = "";
      requests += 1;
      const say = (bytes: string | Uint8Array): Promise<void> => {
        const length = bytes.length;
        return new Promise((resolve) => {
          if (!socket.writable) return resolve();
          socket.write(bytes, () => {
            sentBytes += length;
            resolve();
          });
        });
      };
      void speak(say, () => socket.writable);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    get sentBytes() {
      return sentBytes;
    },
    untilDeserted: async () => {
      while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
