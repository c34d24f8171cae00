import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Certificate } from "./certificate.ts";

/** One frame as it came. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A connection that writes what it is told to, sensible or not. */
export interface RawConnection {
  readonly socket: TLSSocket;
  readonly frames: readonly RawFrame[];
  write(type: number, flags: number, streamId: number, payload?: Uint8Array): void;
}

/** A server that speaks frames of HTTP/2 and knows no rules. */
export interface RawHttp2Server extends AsyncDisposable {
  readonly origin: string;
  readonly connections: readonly RawConnection[];
}

/** https://www.rfc-editor.org/rfc/rfc9113#section-6 */
export const frame = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
  altSvc: 10,
} as const;
/** Flags: of SETTINGS, of DATA and HEADERS, of HEADERS and CONTINUATION. */
export const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;
/** A header block with `:status` 200 and nothing else. */
export const status200 = Uint8Array.of(0x88);
const prefaceBytes = 24;

/** Starts a {@link RawHttp2Server}, which says nothing by itself. */
export async function startRawHttp2Server(
  certificate: Certificate,
  onFrame: (frame: RawFrame, connection: RawConnection) => void | Promise<void>,
): Promise<RawHttp2Server> {
  const connections: RawConnection[] = [];
  const server = createServer({ ...certificate, ALPNProtocols: ["h2"] }, (socket) => {
    const frames: RawFrame[] = [];
    const connection: RawConnection = {
      socket,
      frames,
      write: (type, flags, streamId, payload = new Uint8Array()) => {
        const head = Buffer.alloc(9);
        head.writeUIntBE(payload.byteLength, 0, 3);
        head.writeUInt8(type, 3);
        head.writeUInt8(flags, 4);
        head.writeUInt32BE(streamId, 5);
        socket.write(Buffer.concat([head, payload]));
      },
    };
    connections.push(connection);
    let unread = Buffer.alloc(0);
    let skipped = false;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      if (!skipped && unread.byteLength >= prefaceBytes) {
        skipped = true;
        unread = unread.subarray(prefaceBytes);
      }
      while (skipped && unread.byteLength >= 9 && unread.byteLength >= 9 + unread.readUIntBE(0, 3)) {
        const end = 9 + unread.readUIntBE(0, 3);
        const head = { type: unread.readUInt8(3), flags: unread.readUInt8(4), streamId: unread.readUInt32BE(5) };
        const read = { ...head, payload: unread.subarray(9, end) };
        unread = unread.subarray(end);
        frames.push(read);
        void onFrame(read, connection);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What every frame handler begins with: SETTINGS are answered by some of our own. */
export function answerSettings({ type, flags }: RawFrame, connection: RawConnection): void {
  if (type !== frame.settings || (flags & flag.ack) !== 0) return;
  connection.write(frame.settings, 0, 0);
  connection.write(frame.settings, flag.ack, 0);
}
