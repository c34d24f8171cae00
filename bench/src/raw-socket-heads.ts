import { connect, type Socket } from "node:net";

/**
 * The limit on this machine: pre-built requests over kept sockets, answers only searched for their end. Nothing is
 * parsed, checked or retried.
 */
export async function rawSocketHeads(
  host: string,
  port: number,
  paths: readonly string[],
  sockets: number,
): Promise<void> {
  const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
  const queue = paths
    .map((path) => `HEAD ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\naccept: ${accept}\r\n\r\n`)
    [Symbol.iterator]();
  await Promise.all(Array.from({ length: sockets }, () => drain(connect({ host, port, noDelay: true }), queue)));
}

function drain(socket: Socket, queue: Iterator<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = "";
    const next = () => {
      const { value, done } = queue.next();
      if (!done) return void socket.write(value);
      socket.end();
      resolve();
    };
    socket.setEncoding("latin1");
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("data", (chunk: string) => {
      received += chunk;
      if (!received.endsWith("\r\n\r\n")) return;
      if (!received.startsWith("HTTP/1.1 200")) return void socket.destroy(new Error(received.slice(0, 80)));
      received = "";
      next();
    });
  });
}
