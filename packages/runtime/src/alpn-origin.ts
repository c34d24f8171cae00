import type { TLSSocket } from "node:tls";
import { type AlpnContext, isProtocolChange } from "./alpn-context.ts";
import { createHttp1Origin } from "./http1-origin.ts";
import { createHttp2Origin } from "./http2-origin.ts";
import { createTlsConnector, type TlsConnectorOptions } from "./tls-connector.ts";
import type { OriginTransport, Transport } from "./transport.ts";

/** How one https origin is reached directly. */
export interface AlpnOriginOptions extends TlsConnectorOptions {
  /** Most connections at a time; `undefined` for no limit. */
  readonly connections: number | undefined;
}

// Servers behind one address may differ, so that the answer changes from connection to connection.
const maxChanges = 3;

/**
 * Speaks to one origin what its server chooses: HTTP/2 or HTTP/1.1. The first connection tells, while all requests wait
 * for that one; if it fails, so do they, and the next request tries again. Every later connection is asked anew, so a
 * server that is replaced by one of the other kind costs no more than that connection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7301
 */
export function createAlpnOrigin(url: URL, options: AlpnOriginOptions): Transport {
  const connector = createTlsConnector(url, options);
  const retiring = new Set<OriginTransport>();
  let current: Promise<OriginTransport> | undefined;
  let active: OriginTransport | undefined;

  const context: AlpnContext = {
    url,
    connections: options.connections,
    connect: connector.connect,
    changed: (from, socket) => {
      // Others may have found out first; what they found is in use already.
      if (active !== from) return void socket.destroy();
      retire(from);
      void begin(Promise.resolve(socket));
    },
  };

  function begin(connecting: Promise<TLSSocket>): Promise<OriginTransport> {
    active = undefined;
    const beginning = connecting.then(async (socket) => {
      active = await (socket.alpnProtocol === "h2"
        ? createHttp2Origin(socket, context)
        : createHttp1Origin(socket, context));
      return active;
    });
    current = beginning;
    beginning.catch(() => {
      if (current === beginning) current = undefined;
    });
    return beginning;
  }

  function retire(transport: OriginTransport): void {
    retiring.add(transport);
    const end = (): void => void retiring.delete(transport);
    transport.retire().then(end, end);
  }

  return {
    send: async (request) => {
      let reason: Error | undefined;
      request.onAbort((given) => {
        reason = given;
      });
      for (let changes = 0; ; changes += 1) {
        const transport = await (current ?? begin(connector.connect()));
        if (reason !== undefined) throw reason;
        try {
          return await transport.send(request);
        } catch (cause) {
          if (!isProtocolChange(cause) || changes >= maxChanges) throw cause;
        }
      }
    },
    close: async () => {
      // Whoever closes may have been called from inside a session, which Node does not survive when that is destroyed
      // there: https://github.com/nodejs/node/issues/64850
      await new Promise(setImmediate);
      const open = active === undefined ? retiring : [...retiring, active];
      const closing = Promise.all([...open].map((transport) => transport.close()));
      // Some wait for the other side to close as well, which it need not do.
      connector.close();
      await closing;
    },
  };
}
