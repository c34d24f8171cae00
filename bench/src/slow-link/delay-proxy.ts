import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { answerParent } from "../answer-parent.ts";

/** One proxy to start. The answer is the port it listens on. */
export interface ProxyQuestion {
  /** Where it listens. */
  readonly address: string;
  /** Where it leads, on loopback. */
  readonly port: number;
  /** How long everything is on its way, in each direction. */
  readonly oneWayMs: number;
}

// A TCP connection through here behaves as over a link of that length, at any rate: everything that is sent arrives,
// later, and nothing waits for what was sent before it.
answerParent<ProxyQuestion>(({ address, port, oneWayMs }) => {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
    // The kernel has accepted without delay. Over a link, the client could have sent its first byte one round trip later.
    delay(client, upstream, { oneWayMs, openMs: performance.now() + 2 * oneWayMs });
    delay(upstream, client, { oneWayMs, openMs: 0 });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, 1024, () => resolve((server.address() as AddressInfo).port));
  });
});

function delay(from: Socket, to: Socket, link: { readonly oneWayMs: number; readonly openMs: number }): void {
  const travelling: { readonly chunk: Buffer | undefined; readonly dueMs: number }[] = [];
  const deliver = () => {
    // Timers know whole milliseconds only: what is due in less than half of one has arrived.
    const nowMs = performance.now() + 0.5;
    for (let next = travelling[0]; next !== undefined; next = travelling[0]) {
      if (next.dueMs > nowMs) return void setTimeout(deliver, next.dueMs - nowMs);
      travelling.shift();
      if (next.chunk === undefined) to.end();
      else to.write(next.chunk);
    }
  };
  const send = (chunk: Buffer | undefined) => {
    const dueMs = Math.max(performance.now(), link.openMs) + link.oneWayMs;
    // Whoever is first sets the timer, those behind it are found when it rings.
    if (travelling.push({ chunk, dueMs }) === 1) setTimeout(deliver, dueMs - performance.now());
  };
  from.on("data", send);
  from.on("end", () => send(undefined));
  from.on("error", () => to.destroy());
  from.on("close", () => {
    if (!from.readableEnded) to.destroy();
  });
}
