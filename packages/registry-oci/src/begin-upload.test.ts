import type { IncomingMessage, ServerResponse } from "node:http";
import { type Descriptor, digestOf, digestReference } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { startTestServer } from "./testing/raw-server.ts";

const bytes = Buffer.from("content");
const descriptor: Descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };

/** A registry that breaks the connection off when an upload begins, as ECR does where there is no repository. */
async function start(explain: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = await startTestServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/\?mount.*/, "?mount")}`);
    if (request.method === "POST") request.socket.destroy();
    else if (request.method === "HEAD") response.writeHead(404).end();
    else explain(request, response);
  });
  const registry = createOciRegistry({ hosts: [server.host], clock: createVirtualClock({ auto: true }) });
  const name = { registry: server.host, repository: "a/b" };
  const store = (signal?: AbortSignal) =>
    registry.putBlob(name, descriptor, ReadableStream.from([bytes]), signal === undefined ? {} : { signal });
  const mount = () => registry.mountBlob?.(name, digestReference({ ...name, repository: "c" }, descriptor.digest));
  const close = async () => {
    await registry.close();
    await server.close();
  };
  return { asked, store, mount, [Symbol.asyncDispose]: close };
}

const says =
  (status: number, code: string) =>
  (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ errors: [{ code }] }));
  };

it("says that the repository is missing when the registry only breaks the connection off", async () => {
  await using broken = await start(says(404, "NAME_UNKNOWN"));
  const error = await broken.store().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "NOT_FOUND", status: 404, cause: { code: "UNAVAILABLE" } });
  expect(broken.asked.filter((one) => !one.startsWith("POST"))).toEqual([
    `HEAD /v2/a/b/blobs/${descriptor.digest}`,
    "GET /v2/a/b/tags/list?n=1",
  ]);
  // The retries of the one beginning, and one more where the connection may have been stale; not twice as many.
  expect(broken.asked.filter((one) => one.startsWith("POST")).length).toBeLessThanOrEqual(7);
});

it("says the same when a blob is mounted", async () => {
  await using broken = await start(says(404, "NAME_UNKNOWN"));
  await expect(broken.mount()).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(broken.asked.at(-1)).toBe("GET /v2/a/b/tags/list?n=1");
});

it.each<[string, Parameters<typeof start>[0]]>([
  ["there is such a repository", (_, response) => void response.end('{"tags":[]}')],
  ["nobody says what is missing", (_, response) => void response.writeHead(404).end()],
  ["something else is missing", says(404, "MANIFEST_UNKNOWN")],
  ["it may not be asked", says(401, "NAME_UNKNOWN")],
  ["the connection breaks again", (request) => void request.socket.destroy()],
  ["the explanation fails", says(503, "NAME_UNKNOWN")],
])("leaves it at the broken connection when %s", async (_, explain) => {
  await using broken = await start(explain);
  await expect(broken.store()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(broken.asked.filter((one) => one.startsWith("GET"))).toHaveLength(1);
});

it("ends at once when it is cancelled while it asks for the explanation", async () => {
  const controller = new AbortController();
  await using broken = await start(() => controller.abort());
  await expect(broken.store(controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
});

it.each([{}, { "retry-after": "900" }])("asks for no explanation of an answer: %j", async (headers) => {
  const asked: string[] = [];
  const server = await startTestServer((request, response) => {
    asked.push(`${request.method}`);
    response.writeHead(request.method === "HEAD" ? 404 : 503, headers).end();
  });
  const registry = createOciRegistry({ hosts: [server.host], clock: createVirtualClock({ auto: true }) });
  const storing = registry.putBlob(
    { registry: server.host, repository: "a/b" },
    descriptor,
    ReadableStream.from([bytes]),
  );
  await expect(storing).rejects.toMatchObject({ code: "UNAVAILABLE", status: 503 });
  expect(asked).not.toContain("GET");
  await registry.close();
  await server.close();
});
