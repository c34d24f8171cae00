import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "vitest";
import { createHttpClient } from "./http-client.ts";
import { startTestServer } from "./testing/test-server.ts";

/** A proxy that leads every tunnel to the same server. */
async function startProxy(targetOrigin: string) {
  const asked: { target: string; authorization: string | undefined }[] = [];
  const proxy = createServer();
  proxy.on("connect", (request, socket) => {
    asked.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    const upstream = connect(Number(new URL(targetOrigin).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const one of [upstream, socket]) one.on("error", () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return { asked, host: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, close: () => proxy.close() };
}

it("goes through the proxy of the environment, and takes no proxy password to the server", async () => {
  await using server = await startTestServer((_, response) => void response.end("ok"));
  const proxy = await startProxy(server.origin);
  const env = { http_proxy: `http://user:dummy-password@${proxy.host}` };
  const http = createHttpClient({ env, allowInsecure: ["registry.invalid"], retries: 0 });
  expect((await http.request({ method: "GET", url: "http://registry.invalid/a" })).status).toBe(200);
  expect((await http.request({ method: "HEAD", url: "http://registry.invalid/b" })).status).toBe(200);
  expect(proxy.asked[0]?.target).toBe("registry.invalid:80");
  expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from("user:dummy-password").toString("base64")}`);
  expect(server.seen.map((request) => request.url)).toEqual(["/a", "/b"]);
  expect(server.seen[0]?.headers.host).toBe("registry.invalid");
  expect(JSON.stringify(server.seen.map((request) => request.headers))).not.toContain("proxy-authorization");
  const before = proxy.asked.length;
  expect((await http.request({ method: "GET", url: `${server.origin}/c` })).status).toBe(200);
  expect(proxy.asked).toHaveLength(before);
  await http.close();
  proxy.close();
});
