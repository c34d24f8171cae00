import type { TLSSocket } from "node:tls";
import { type OriginTransport, TransportError } from "./transport.ts";

/** What the transports of one origin share while only its connections know which of them is needed. */
export interface AlpnContext {
  readonly url: URL;
  /** Most connections at a time; `undefined` for no limit. */
  readonly connections: number | undefined;
  /** A new connection, by whichever protocol the server chooses now. */
  connect(): Promise<TLSSocket>;
  /** Takes a connection that chose another protocol than that of the transport which asked for it. */
  changed(from: OriginTransport, socket: TLSSocket): void;
}

const code = "PROTOCOL_CHANGED";

/** What a request fails with that was not sent, because the server chose another protocol than it had before. */
export function protocolChanged(): TransportError {
  return new TransportError(code, { unprocessed: true });
}

/** Whether that is what the request failed with. */
export function isProtocolChange(cause: unknown): boolean {
  return cause instanceof TransportError && cause.code === code;
}
