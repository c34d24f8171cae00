import { type BayplanErrorCode, isBayplanError } from "@bayplan/core";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "../http-client.ts";
import { type Answer, createRecordingClock, startTestServer, type TestServer } from "./test-server.ts";

/** Both ways of sending: every rule of the client must hold for each. */
export const transports: readonly (readonly [string, HttpClientOptions])[] = [
  ["undici", {}],
  ["injected fetch", { fetch: (url, init) => globalThis.fetch(url, init) }],
];

/** Makes servers and clients of one transport, and closes all of them. */
export interface HttpBench {
  start(answer: Answer): Promise<TestServer>;
  client(options?: HttpClientOptions): HttpClient;
  cleanUp(): Promise<void>;
}

/** A bench whose clients wait on a clock that costs no time. */
export function createHttpBench(transport: HttpClientOptions): HttpBench {
  const opened: (() => Promise<void>)[] = [];
  return {
    async start(answer) {
      const server = await startTestServer(answer);
      opened.push(async () => server[Symbol.asyncDispose]());
      return server;
    },
    client(options = {}) {
      const made = createHttpClient({ clock: createRecordingClock(), ...transport, ...options });
      opened.push(() => made.close());
      return made;
    },
    async cleanUp() {
      for (const close of opened.splice(0).reverse()) await close();
    },
  };
}

/** The code that the promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<BayplanErrorCode | "resolved"> {
  try {
    await promise;
    return "resolved";
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return error.code;
  }
}
