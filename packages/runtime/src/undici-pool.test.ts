import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { createHttpClient } from "./http-client.ts";
import { startTestServer } from "./testing/test-server.ts";

it("keeps its connections over HEAD requests, which undici by itself does not", async () => {
  await using server = await startTestServer((_, response) => {
    response.end();
  });
  const http = createHttpClient({ connectionsPerOrigin: 4 });
  for (let count = 0; count < 4; count += 1) {
    await Promise.all([1, 2, 3, 4, 5].map(() => http.request({ method: "HEAD", url: server.origin })));
  }
  await http.close();
  expect(server.seen).toHaveLength(20);
  expect(server.connections).toBeLessThanOrEqual(4);

  // The reason for all this: without `reset: false` the same requests need one connection each.
  await using plain = await startTestServer((_, response) => {
    response.end();
  });
  const dispatcher = new Agent({ connections: 4 });
  for (let count = 0; count < 20; count += 1) {
    const { body } = await request(plain.origin, { method: "HEAD", dispatcher });
    await body.dump();
  }
  await dispatcher.close();
  expect(plain.connections).toBe(20);
});

it.each(["GET", "HEAD"] as const)("opens no more connections than there are requests at a time: %s", async (method) => {
  await using server = await startTestServer((_, response) => void response.end());
  const http = createHttpClient({ concurrency: { initial: 8, max: 8 } });
  const inTurn = async () => {
    for (let count = 0; count < 10; count += 1) await http.request({ method, url: server.origin });
  };
  await inTurn();
  expect(server.connections).toBe(1);
  await Promise.all(Array.from({ length: 8 }, inTurn));
  expect(server.connections).toBeLessThanOrEqual(8);
  await http.close();
});
