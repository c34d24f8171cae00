import type { ServerResponse } from "node:http";
import { isBayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it } from "vitest";
import { errorFromResponse } from "./error-from-response.ts";
import type { HttpClient } from "./http-client.ts";
import type { HttpRequest } from "./http-request.ts";
import { createHttpBench, transports } from "./testing/open-http.ts";
import type { SeenRequest } from "./testing/test-server.ts";
import { textsIn } from "./testing/texts-in.ts";

// None of these looks like a secret: only who sent it knows that it is one.
const password = `hunter2 "blue" <sky>&co's+é/ >>>>????`;
const word = "hunter2";
const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

interface Sent {
  readonly request: Omit<HttpRequest, "url">;
  readonly secrets: readonly string[];
}
const sent: Readonly<Record<string, Sent>> = {
  "user and password": {
    request: { method: "GET", authorization: basic("bayplan", word) },
    secrets: [word, basic("bayplan", word).slice(6)],
  },
  "a password full of special characters": {
    request: { method: "GET", authorization: basic("bayplan", password) },
    secrets: [password, basic("bayplan", password).slice(6)],
  },
  "a token": { request: { method: "GET", authorization: "Bearer plainword4711" }, secrets: ["plainword4711"] },
  "a token that is the Base64 of another": {
    request: { method: "GET", authorization: `Bearer ${Buffer.from("inner-word").toString("base64")}` },
    secrets: ["inner-word", Buffer.from("inner-word").toString("base64")],
  },
  "a header of the server's own": {
    request: { method: "GET", headers: { "Private-Token": "plainword4711", cookie: "sid=plainword0815" } },
    secrets: ["plainword4711", "plainword0815"],
  },
  "a value in the address": {
    request: { method: "GET" },
    secrets: ["queryword"],
  },
  "a form": {
    request: {
      method: "POST",
      body: Buffer.from(new URLSearchParams({ grant_type: "refresh_token", refresh_token: password }).toString()),
      secretBody: true,
      retry: "idempotent",
    },
    secrets: [password],
  },
  "a document": {
    request: { method: "POST", body: Buffer.from(JSON.stringify({ username: "bayplan", password })), secretBody: true },
    secrets: [password],
  },
  "what somebody else was sent": {
    request: { method: "GET", hidden: [basic("bayplan", word), "Bearer plainword4711"] },
    secrets: [word, "plainword4711"],
  },
};

const htmlOf = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The secret as a server may repeat it. */
const spellings: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "in JSON": (secret) => JSON.stringify(secret),
  "in an address": (secret) => encodeURIComponent(secret),
  "in a form": (secret) => new URLSearchParams({ x: secret }).toString(),
  "in HTML by numbers": (secret) => secret.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`),
  "in HTML by names": (secret) => htmlOf(secret).replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  "in HTML by names and numbers": (secret) => htmlOf(secret).replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
  "in HTML, but the quotes": (secret) => htmlOf(secret),
  "in Base64": (secret) => Buffer.from(secret).toString("base64"),
  "in Base64 without its end": (secret) => Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  "in Base64 for addresses": (secret) => Buffer.from(secret).toString("base64url"),
};

type Answer = (said: string, response: ServerResponse, request: SeenRequest) => void;
const answers: Readonly<Record<string, Answer>> = {
  ...Object.fromEntries(
    [401, 404, 429].map((status) => [
      `${status} with it in the body`,
      (said: string, response: ServerResponse) => void response.writeHead(status).end(`no: bad ${said}, sorry`),
    ]),
  ),
  "429 that asks to wait too long": (said, response) => {
    response.writeHead(429, { "retry-after": "900" }).end(said);
  },
  "a body of nothing else, far too long": (said, response) => void response.writeHead(403).end(said.repeat(9_000)),
  "an encoding": (said, response) => {
    response.writeHead(200, { "content-encoding": encodeURI(said) }).end("x");
  },
  "bytes that are not HTTP": (said, response) => {
    response.socket?.end(`${said}\r\n\r\n`);
  },
  "a header that is none": (said, response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\n${encodeURI(said)}\0: x\r\n\r\n`);
  },
  "a redirect that is refused": (said, response) => {
    response.writeHead(307, { location: `ftp://x/${encodeURI(said)}` }).end();
  },
  "a redirect that is refused after another": (said, response, { url }) => {
    const next = url.startsWith("/again") ? "ftp://x/" : `/again/${encodeURI(said)}`;
    response.writeHead(307, { location: next }).end();
  },
  "a redirect in a circle": (said, response) => {
    response.writeHead(307, { location: `/${encodeURI(said)}` }).end();
  },
  "a redirect to where the connection breaks": (said, response, { url }) => {
    if (url.startsWith("/again")) response.socket?.destroy();
    else response.writeHead(307, { location: `/again/${encodeURI(said)}` }).end();
  },
};

/** What comes of a request: the error thrown, or the one that the answer means. */
async function ask(http: HttpClient, request: Omit<HttpRequest, "url">, url: string): Promise<unknown> {
  return await http.request({ ...request, url }).then(
    (response) => errorFromResponse({ ...response }, "Asking"),
    (thrown: unknown) => thrown,
  );
}

describe.each(transports)("what was sent over %s", (_name, transport) => {
  const { start, client, cleanUp } = createHttpBench(transport);
  afterEach(cleanUp);

  it.each(Object.entries(answers))("is in no error, whatever repeats it: %s", async (_, answer) => {
    let said = "";
    const server = await start((request, response) => answer(said, response, request));
    let errors = 0;
    const http = client({ retries: 1 });
    for (const [what, { request, secrets }] of Object.entries(sent)) {
      for (const secret of secrets) {
        said = secret;
        const error = await ask(http, request, `${server.origin}/a?token=queryword`);
        if (isBayplanError(error)) errors += 1;
        const found = textsIn(error).filter((text) => text.includes(secret) || text.includes(encodeURI(secret)));
        expect({ what, found }).toEqual({ what, found: [] });
      }
    }
    expect(errors).toBeGreaterThan(0);
  });

  it.each(Object.entries(spellings))("is in no error, however it is spelt: %s", async (_, spell) => {
    let said = "";
    const server = await start((_request, response) => {
      response.writeHead(401).end(`no: bad ${said}, sorry`);
    });
    const http = client();
    for (const [what, { request, secrets }] of Object.entries(sent)) {
      for (const secret of secrets) {
        said = spell(secret);
        const error = await ask(http, request, `${server.origin}/a?token=queryword`);
        const found = textsIn(error).filter((text) => text.includes(said) || text.includes(secret));
        expect({ what, found }).toEqual({ what, found: [] });
      }
    }
  });

  it("is in no error in part, where what is read of the answer ends in the middle of it", async () => {
    const token = "plain-word-of-many-letters-".repeat(40);
    for (const text of [
      " ".repeat(4_096 - 500) + token,
      token.repeat(60).slice(0, 60_000),
      " ".repeat(4_090) + token,
    ]) {
      const server = await start((_, response) => void response.writeHead(403).end(text));
      const request = { method: "GET", authorization: `Bearer ${token}` } as const;
      expect(textsIn(await ask(client(), request, server.origin)).join()).not.toContain("plain-word");
    }
  });

  it("is in no error about an address that repeats it", async () => {
    const server = await start((_, response) => {
      response.socket?.destroy();
    });
    for (const { request, secrets } of Object.values(sent)) {
      for (const secret of secrets.filter((one) => one !== "queryword")) {
        const url = `${server.origin}/${encodeURIComponent(secret)}/x?state=${encodeURIComponent(secret)}`;
        const http = client({ retries: 0 });
        const error = await http.request({ ...request, url }).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: "UNAVAILABLE" });
        const forms = [secret, encodeURIComponent(secret), new URLSearchParams({ secret }).toString().slice(7)];
        expect(textsIn(error).filter((text) => forms.some((form) => text.includes(form)))).toEqual([]);
      }
    }
  });

  it("is in no error of a stream that breaks", async () => {
    const server = await start((_, response) => {
      response.writeHead(200).write("begin");
      setTimeout(() => response.socket?.destroy(), 5);
    });
    const request = { method: "GET", url: `${server.origin}/${word}`, authorization: basic("bayplan", word) } as const;
    const { body } = await client().stream(request);
    const error = await (async () => {
      for await (const _ of body);
    })().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    expect(textsIn(error).filter((text) => text.includes(word))).toEqual([]);
  });

  it("does not keep an error from saying what is wrong", async () => {
    const server = await start((_, response) => {
      response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"bad password hunter2 of bayplan"}]}');
    });
    const request = { method: "GET", url: server.origin, authorization: basic("bayplan", word) } as const;
    const response = await client().request(request);
    expect(Buffer.from(response.body).toString()).toContain("hunter2");
    const { message } = errorFromResponse(response, "Asking");
    expect(message).toContain('"code":"DENIED"');
    expect(message).toContain("of bayplan");
  });
});

it("is in no error although an injected fetch hangs its whole request on its own", async () => {
  const { client, cleanUp } = createHttpBench({
    fetch: async (url, init) => {
      const inner = Object.assign(new Error(`connect failed: ${init.headers["authorization"]}`), {
        code: "ECONNRESET",
      });
      const outer = new TypeError(`fetch of ${url} failed`, { cause: inner });
      throw Object.assign(outer, { config: init, response: { headers: init.headers } });
    },
  });
  const request = {
    method: "GET",
    url: "https://registry.invalid/x?key=queryword",
    authorization: `Bearer ${word}`,
  } as const;
  const error = await client({ retries: 0 })
    .request(request)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "UNAVAILABLE", cause: { name: "TypeError", cause: { code: "ECONNRESET" } } });
  expect(textsIn(error).filter((text) => text.includes(word) || text.includes("queryword"))).toEqual([]);
  await cleanUp();
});

it("says nothing of the answer where the secret is too short to be taken out", async () => {
  const { client, cleanUp } = createHttpBench({ fetch: async () => new Response("bad x9", { status: 403 }) });
  const request = { method: "GET", url: "https://registry.invalid/", authorization: basic("u", "x9") } as const;
  const error = errorFromResponse(await client().request(request), "Asking");
  expect(error.code).toBe("DENIED");
  expect(error.message).not.toContain("x9");
  await cleanUp();
});
