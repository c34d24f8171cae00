import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./make-certificate.ts";

/** An answer on a connection of HTTP/1.1, or on one of HTTP/2 with its session. */
export type FrontResponse = ServerResponse & Partial<Pick<Http2ServerResponse, "stream">>;

/** Has the socket in its hands. `true`: it has dealt with the request; `false`: the server behind answers. */
export type Wire = (incoming: IncomingMessage, outgoing: FrontResponse, index: number) => boolean;

const ofOneConnection = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Opens a server that hands on to another one what the wire does not deal with; HTTP/2 if it has a certificate. */
export async function openFront(
  behind: string,
  wire: Wire,
  certificate?: Certificate,
): Promise<{ readonly host: string; close(): Promise<void> }> {
  const [hostname, port] = behind.split(":");
  const sessions = new Set<ServerHttp2Session>();
  let index = 0;
  const answer = (incoming: IncomingMessage, outgoing: FrontResponse): void => {
    index += 1;
    if (wire(incoming, outgoing, index - 1)) return;
    const { method, url } = incoming;
    // Those with a colon are HTTP/2's own.
    const headers = without(incoming.headers, (name) => name.startsWith(":"));
    const onward = request({ hostname, port, method, path: url, headers, agent: false }, (answered) => {
      outgoing.writeHead(
        answered.statusCode ?? 502,
        without(answered.headers, (name) => ofOneConnection.has(name)),
      );
      answered.pipe(outgoing);
    });
    onward.on("error", () => incoming.socket.destroy());
    incoming.pipe(onward);
  };
  // The compatibility layer of `node:http2` looks the same for all that is used here.
  const server = certificate === undefined ? createServer(answer) : createSecureServer(certificate, answer as never);
  if ("keepAliveTimeout" in server) {
    // Long, and announced as such: whether a client meets an idle connection must not depend on how busy the computer is.
    (server as Server).keepAliveTimeout = 600_000;
  }
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session)).on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const session of sessions) session.destroy();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function without(
  headers: IncomingMessage["headers"],
  isLeftOut: (name: string) => boolean,
): Record<string, string | string[] | undefined> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isLeftOut(name)));
}
