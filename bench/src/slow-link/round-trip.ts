import { Agent, request } from "node:https";
import { median } from "../median.ts";

/** The round trip of a small request on an open connection, in milliseconds: what the delay really is, with TLS and server. */
export async function measureRoundTrip(host: string, ca: string): Promise<number> {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let count = 0; count < 12; count += 1) {
    const started = performance.now();
    await head(`https://${host}/v2/`, agent);
    times.push(performance.now() - started);
  }
  agent.destroy();
  // The first one opens the connection.
  return median(times.slice(1));
}

function head(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "HEAD", agent }, (response) => {
      response.resume();
      response.once("end", resolve);
    });
    sent.once("error", reject);
    sent.end();
  });
}
