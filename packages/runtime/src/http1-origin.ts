import type { TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import { type AlpnContext, protocolChanged } from "./alpn-context.ts";
import type { OriginTransport } from "./transport.ts";
import { createPoolSender, poolOptions } from "./undici-pool.ts";

/**
 * HTTP/1.1 to an origin that chose it, over a pool that begins with the connection on which it did. Where a later
 * connection chooses HTTP/2, the context gets that one, and the request that wanted it fails with `protocolChanged`.
 */
export async function createHttp1Origin(first: TLSSocket, context: AlpnContext): Promise<OriginTransport> {
  const { Pool } = await import("undici");
  let spare: TLSSocket | undefined = first;
  let isRetired = false;

  async function takeConnection(): Promise<TLSSocket> {
    // What a retired pool had still to send goes the new way.
    if (isRetired) throw protocolChanged();
    const taken = spare;
    spare = undefined;
    if (taken !== undefined && !taken.destroyed) return taken;
    const socket = await context.connect();
    if (socket.alpnProtocol !== "h2") return socket;
    context.changed(transport, socket);
    throw protocolChanged();
  }

  const connect: buildConnector.connector = (_options, callback) => {
    takeConnection().then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
  const pool = new Pool(context.url.origin, { ...poolOptions, connections: context.connections ?? null, connect });
  const transport: OriginTransport = {
    send: createPoolSender(pool),
    retire: async () => {
      isRetired = true;
      await pool.close();
    },
    close: () => pool.destroy(),
  };
  // Whoever waited for the connection has taken it by then, unless all of them gave up.
  setImmediate(() => {
    spare?.destroy();
    spare = undefined;
  });
  return transport;
}
