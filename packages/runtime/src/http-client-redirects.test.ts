import { afterEach, describe, expect, it } from "vitest";
import { codeOf, createHttpBench, transports } from "./testing/open-http.ts";

describe.each(transports)("redirects over %s", (_name, transport) => {
  const { start, client, cleanUp } = createHttpBench(transport);
  afterEach(cleanUp);

  it("takes credentials and unknown headers along to the same origin, never to another one", async () => {
    const other = await start((_, response) => {
      response.end("other");
    });
    const server = await start((request, response) => {
      if (request.url === "/same") response.writeHead(307, { location: "/target" }).end();
      else if (request.url === "/other") response.writeHead(302, { location: `${other.origin}/x?sig=1` }).end();
      else response.end("same");
    });
    const common = {
      method: "GET",
      authorization: "Bearer s3cret",
      headers: { "Private-Token": "s", accept: "a/b" },
    } as const;
    await client().request({ ...common, url: `${server.origin}/same` });
    const response = await client().request({ ...common, url: `${server.origin}/other` });
    expect(response.url).toBe(`${other.origin}/x?sig=1`);
    expect(server.seen[1]?.headers).toMatchObject({ authorization: "Bearer s3cret", "private-token": "s" });
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
    expect(other.seen[0]?.headers["private-token"]).toBeUndefined();
    expect(other.seen[0]?.headers.accept).toBe("a/b");
  });

  it("does not give credentials back to an origin that was left", async () => {
    const origins: string[] = [];
    const other = await start((_, response) => {
      response.writeHead(302, { location: `${origins[0]}/back` }).end();
    });
    const server = await start((request, response) => {
      if (request.url === "/back") response.end();
      else response.writeHead(302, { location: other.origin }).end();
    });
    origins.push(server.origin);
    await client().request({ method: "GET", url: server.origin, headers: { authorization: "Basic s3cret" } });
    expect(server.seen.map((request) => request.headers.authorization)).toEqual(["Basic s3cret", undefined]);
  });

  it.each([
    ["PUT", 307, "PUT", "bytes"],
    ["PUT", 301, "PUT", "bytes"],
    ["POST", 308, "POST", "bytes"],
    ["POST", 302, "GET", ""],
    ["PUT", 303, "GET", ""],
    ["HEAD", 303, "HEAD", ""],
  ] as const)("%s answered by %i becomes %s", async (method, status, after, body) => {
    const server = await start((request, response) => {
      if (request.url === "/target") response.end();
      else response.writeHead(status, { location: "target" }).end();
    });
    const given = method === "HEAD" ? {} : { body: Buffer.from("bytes") };
    await client().request({ method, url: `${server.origin}/start`, ...given });
    expect([server.seen[1]?.method, server.seen[1]?.body.toString()]).toEqual([after, body]);
  });

  it("refuses redirects that loop, lead nowhere or carry credentials", async () => {
    const locations: Record<string, string> = {
      "/loop": "/loop",
      "/mail": "mailto:a@b",
      "/user": "http://a:b@127.0.0.1/",
    };
    const server = await start((request, response) => {
      const location = locations[request.url];
      response.writeHead(302, location === undefined ? {} : { location }).end();
    });
    for (const path of ["/loop", "/mail", "/user", "/none"]) {
      expect(await codeOf(client().request({ method: "GET", url: server.origin + path }))).toBe("RESPONSE_INVALID");
    }
    expect(server.seen).toHaveLength(6 + 3);
  });

  it("does not contact hosts without encryption unless allowed", async () => {
    const server = await start((_, response) => {
      response.writeHead(302, { location: "http://registry.invalid/" }).end();
    });
    expect(await codeOf(client().request({ method: "GET", url: "http://registry.invalid/" }))).toBe("NOT_ALLOWED");
    expect(await codeOf(client().request({ method: "GET", url: server.origin }))).toBe("NOT_ALLOWED");
    expect(await codeOf(client().request({ method: "GET", url: "ftp://registry.invalid/" }))).toBe("INVALID_INPUT");
    expect(await codeOf(client().request({ method: "GET", url: "https://u:p@registry.invalid/" }))).toBe(
      "INVALID_INPUT",
    );
    expect(await codeOf(client().request({ method: "GET", url: server.origin, headers: { a: "b\r\nc: d" } }))).toBe(
      "INVALID_INPUT",
    );
  });
});
