import { connect } from "node:http2";
import type { FetchLike } from "@bayplan/runtime";

/** A `fetch` over one connection of `node:http2`, as one writes it who wants HTTP/2: plain `fetch` does not speak it. */
export function createNaiveHttp2Fetch(
  origin: string,
  authority: string,
): { readonly fetch: FetchLike; close(): Promise<void> } {
  const session = connect(origin, { ca: authority });
  session.on("error", () => {});
  const fetch: FetchLike = (address, { method, headers }) =>
    new Promise((resolve, reject) => {
      const url = new URL(address);
      const stream = session.request({ ":method": method, ":path": `${url.pathname}${url.search}`, ...headers });
      const chunks: Buffer[] = [];
      let head: Record<string, string> = {};
      stream.on("response", (given) => {
        head = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
      });
      stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => reject(new Error("The stream was closed.")));
      stream.on("end", () => {
        const { ":status": status, ...rest } = head;
        if (status === undefined) return reject(new Error("There was no answer."));
        resolve(new Response(Buffer.concat(chunks), { status: Number(status), headers: rest }));
      });
      stream.end();
    });
  return {
    fetch,
    close: () =>
      new Promise((resolve) => {
        if (session.closed || session.destroyed) return resolve();
        session.close(() => resolve());
        session.destroy();
      }),
  };
}
