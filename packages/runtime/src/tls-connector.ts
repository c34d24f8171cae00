import type { TLSSocket } from "node:tls";
import { BayplanError } from "@bayplan/core";
import { TransportError } from "./transport.ts";

/** How connections to one https origin are opened. */
export interface TlsConnectorOptions {
  /** For name look-up, connecting and the handshake together. */
  readonly connectTimeoutMs: number;
  /** Authorities (PEM) that replace the usual ones. */
  readonly ca: string | undefined;
}

/** Opens TLS connections to one origin. */
export interface TlsConnector {
  /**
   * A connection whose certificate was verified for the origin's host. It offers HTTP/2 and HTTP/1.1; what the server
   * chose is its `alpnProtocol`, `false` from a server that does not choose.
   *
   * @throws TransportError with the code `ETIMEDOUT` after `connectTimeoutMs`; else what `node:tls` fails with.
   */
  connect(): Promise<TLSSocket>;
  /** Ends every connection it opened, also those being opened. */
  close(): void;
}

// As undici does it for its own connections.
const keepAliveAfterMs = 60_000;

/** A connector for one origin, whatever path the URL has. `node:tls` is loaded with the first connection. */
export function createTlsConnector(url: URL, { connectTimeoutMs, ca }: TlsConnectorOptions): TlsConnector {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const sockets = new Set<TLSSocket>();
  // Spares a later handshake the asymmetric part. It was given under a certificate that had been verified for this host.
  let ticket: Buffer | undefined;
  let isClosed = false;

  async function connect(): Promise<TLSSocket> {
    const [tls, { isIP }] = await Promise.all([import("node:tls"), import("node:net")]);
    if (isClosed) throw new BayplanError("CANCELLED", "This HTTP client was closed. Create another one.");
    return new Promise((resolve, reject) => {
      const socket = tls.connect({
        host,
        port: Number(url.port === "" ? 443 : url.port),
        // An address is no name to ask a certificate for: https://www.rfc-editor.org/rfc/rfc6066#section-3
        servername: isIP(host) === 0 ? host : "",
        ALPNProtocols: ["h2", "http/1.1"],
        // Also when the environment says otherwise: credentials travel here.
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
        ...(ticket === undefined ? {} : { session: ticket }),
      });
      sockets.add(socket);
      const timer = setTimeout(() => socket.destroy(new TransportError("ETIMEDOUT")), connectTimeoutMs);
      socket.setNoDelay(true).setKeepAlive(true, keepAliveAfterMs);
      socket.on("session", (given) => {
        ticket = given;
      });
      socket.once("secureConnect", () => {
        clearTimeout(timer);
        resolve(socket);
      });
      // Stays for the time between the handshake and the first request.
      socket.on("error", reject);
      socket.once("close", () => {
        clearTimeout(timer);
        sockets.delete(socket);
        reject(new TransportError("ECONNRESET"));
      });
    });
  }

  return {
    connect,
    close: () => {
      isClosed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
