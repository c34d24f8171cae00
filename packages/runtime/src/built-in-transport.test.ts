import { expect, it } from "vitest";
import { createBuiltInTransport } from "./built-in-transport.ts";
import { codeOf } from "./testing/open-http.ts";
import { startTestServer } from "./testing/test-server.ts";
import { wireRequest } from "./testing/tls-bench.ts";

it("sends nothing after it was closed, to no origin", async () => {
  await using server = await startTestServer((_, response) => void response.end());
  await using other = await startTestServer((_, response) => void response.end());
  const settings = { connectTimeoutMs: 10_000, certificateAuthorities: {}, env: {}, http2: true };
  const transport = createBuiltInTransport({ connectionsPerOrigin: undefined, ...settings });
  expect((await transport.send(wireRequest(server.origin))).status).toBe(200);
  await transport.close();
  for (const { origin } of [server, other]) expect(await codeOf(transport.send(wireRequest(origin)))).toBe("CANCELLED");
  expect([server.seen.length, other.seen.length]).toEqual([1, 0]);
});
