import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { isBayplanError, mediaTypes, tagReference } from "@bayplan/core";
import { createHttpClient } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createOciRegistry } from "../create-oci-registry.ts";
import type { Credentials } from "../credentials.ts";
import { adapterOperations } from "./adapter-operations.ts";
import { textsIn } from "./error-graph.ts";

const secrets = {
  password: "Tuna4711-dummy-swims",
  token: "Zebra0815-dummy-runs",
  identity: "Heron2323-dummy-flies",
  issued: "Otter9090-dummy-dives",
  signed: "Lynx5566-dummy-signs",
  userInfo: "Gecko3131-dummy-climbs",
};
const basic = (password: string) => Buffer.from(`bayplan:${password}`).toString("base64");
/** Each secret as it is, in a URL, and as it travels in a header. */
const forms = Object.entries(secrets).flatMap(([name, secret]): (readonly [string, string])[] => [
  // Parsers quote the first ten characters of what they cannot read.
  [`the beginning of ${name}`, secret.slice(0, 9)],
  [`${name} in Base64`, Buffer.from(secret).toString("base64").replace(/=+$/, "")],
  [`${name} in Basic`, basic(secret).replace(/=+$/, "")],
  [`${name} of the identity in Basic`, Buffer.from(`<token>:${secret}`).toString("base64").replace(/=+$/, "")],
]);
const kinds: readonly (readonly [string, Credentials])[] = [
  ["user and password", { username: "bayplan", password: secrets.password }],
  ["token", { token: secrets.token }],
  ["identity token", { identityToken: secrets.identity }],
];

type Script = (incoming: IncomingMessage, outgoing: ServerResponse) => void;
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server that asks for authentication, and whose API or token endpoint then does as the script says. */
async function start(credentials: Credentials, script: Script, place: "API" | "token endpoint") {
  const server = createServer((incoming, outgoing) => {
    const authorization = incoming.headers.authorization ?? "";
    const isToken = incoming.url?.startsWith("/token") === true;
    if (isToken && place === "API") {
      outgoing.end(JSON.stringify({ token: secrets.issued }));
      return;
    }
    // What a password is needed for is asked for by Basic, the rest by Bearer, so that both travel.
    const scheme = "password" in credentials && incoming.url?.includes("basic") ? "Basic" : "Bearer";
    if (!isToken && !authorization.startsWith(scheme)) {
      const realm = `http://${incoming.headers.host}/token`;
      outgoing.writeHead(401, { "www-authenticate": `${scheme} realm="${realm}",service="s"` }).end();
      return;
    }
    script(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = createVirtualClock({ auto: true });
  const http = createHttpClient({ clock, env: {}, retries: 1, ...(script === silence ? { timeoutMs: 20 } : {}) });
  cleanUps.push(
    async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    () => http.close(),
  );
  // A new one for each operation, which has learnt nothing from the one before.
  const open = () => createOciRegistry({ hosts: [host], http, clock, credentials });
  return { host, open };
}

/** What was sent to prove an identity: as it stands in the header, and the password in it if there is one. */
function sentIn({ headers }: IncomingMessage): { readonly sent: string; readonly password: string } {
  const [, sent = ""] = headers.authorization?.split(" ") ?? [];
  const password = /^[!-~]+:([!-~]+)$/.exec(Buffer.from(sent, "base64").toString("latin1"))?.[1];
  return { sent, password: password ?? sent };
}

/** What a careless server says of what it was sent, in every way that it can be said. */
function echo(incoming: IncomingMessage): string {
  const { authorization = "" } = incoming.headers;
  return `Refused: ${authorization}. password=${sentIn(incoming).password} authorization: ${authorization} `;
}

const signedUrl = (incoming: IncomingMessage) =>
  `http://${incoming.headers.host}/store?X-Amz-Signature=${secrets.signed}&X-Amz-Credential=${secrets.signed}`;

const silence: Script = () => {};
const failures: Readonly<Record<string, Script>> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 405, 409, 418, 429, 500, 503].map((status) => [
      `status ${status} that repeats what it was sent`,
      ((incoming, outgoing) => {
        outgoing.writeHead(status, { "retry-after": "600", "www-authenticate": `Bearer realm="${echo(incoming)}"` });
        outgoing.end(JSON.stringify({ errors: [{ code: "X", message: echo(incoming), detail: echo(incoming) }] }));
      }) satisfies Script,
    ]),
  ),
  "headers that repeat what they were sent": (incoming, outgoing) => {
    const said = echo(incoming);
    outgoing.writeHead(200, { "docker-content-digest": said, "content-type": said, link: `<${said}>; rel="next"` });
    outgoing.end(said);
  },
  "an encoding that repeats what it was sent": (incoming, outgoing) => {
    outgoing.writeHead(200, { "content-encoding": incoming.headers.authorization ?? "" }).end("x");
  },
  "bytes that are not HTTP": (incoming) => {
    incoming.socket.end(`${echo(incoming)}\r\n\r\n${echo(incoming)}`);
  },
  "a refusal that repeats in plain words what it was sent": (incoming, outgoing) => {
    const { sent, password } = sentIn(incoming);
    outgoing.writeHead(400, { "content-type": "text/plain" });
    outgoing.end(`What is ${sent} supposed to mean, and what is ${password}, bayplan?`);
  },
  "a connection that is reset": (incoming) => incoming.socket.resetAndDestroy(),
  "a body that is cut short": (incoming, outgoing) => {
    outgoing.writeHead(200, { "content-length": "1000" });
    outgoing.write(echo(incoming), () => incoming.socket.destroy());
  },
  "no answer": silence,
  "a text that is nothing but what it was sent": (incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": mediaTypes.ociIndex });
    outgoing.end(sentIn(incoming).password);
  },
  "a signed address that fails": (incoming, outgoing) => {
    if (incoming.url?.startsWith("/store")) outgoing.writeHead(500).end(`no ${incoming.url}`);
    else outgoing.writeHead(307, { location: signedUrl(incoming) }).end();
  },
  "a signed address that breaks": (incoming, outgoing) => {
    if (incoming.url?.startsWith("/store")) incoming.socket.destroy();
    else outgoing.writeHead(307, { location: signedUrl(incoming) }).end();
  },
  "redirects in a circle between signed addresses": (incoming, outgoing) => {
    outgoing.writeHead(307, { location: signedUrl(incoming) }).end();
  },
  "an address that repeats what it was sent, and leads astray": (incoming, outgoing) => {
    const { sent, password } = sentIn(incoming);
    const here = `http://${incoming.headers.host}/store/${encodeURIComponent(sent)}/${encodeURIComponent(password)}`;
    const location = incoming.url?.startsWith("/store") ? "http://169.254.169.254/" : here;
    outgoing.writeHead(307, { location }).end();
  },
  "an address with a password in it": (incoming, outgoing) => {
    const location = `http://bayplan:${secrets.userInfo}@${incoming.headers.host}/store`;
    outgoing.writeHead(incoming.method === "POST" ? 202 : 307, { location, link: `<${location}>; rel="next"` }).end();
  },
};

/** What is said on the terminal, or would be. */
function listen(): { readonly said: readonly unknown[]; stop(): void } {
  const said: unknown[] = [];
  const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((...given) => void said.push(given)),
  );
  const onWarning = (warning: unknown): void => void said.push(warning);
  process.on("warning", onWarning);
  return {
    said,
    stop: () => {
      process.off("warning", onWarning);
      for (const spy of spies) spy.mockRestore();
    },
  };
}

function expectNone(name: string, texts: readonly string[]): void {
  const found = texts.flatMap((text) =>
    forms.filter(([, secret]) => text.includes(secret)).map(([form]) => ({ name, form, text })),
  );
  expect(found).toEqual([]);
}

const repositories = ["basic/app", "bearer/app"];

describe.each(kinds)("%s", (_, credentials) => {
  it.each(Object.entries(failures))(
    "keeps secrets out of errors, logs and pictures of the adapter: %s",
    async (_name, script) => {
      const terminal = listen();
      const { host, open } = await start(credentials, script, "API");
      let failed = 0;
      for (const [name, operation] of Object.entries(adapterOperations)) {
        for (const repository of repositories) {
          const registry = open();
          const error = await errorOf(operation(registry, { registry: host, repository }));
          if (error !== undefined) failed += 1;
          expectNone(name, textsIn(error));
          if (name === "resolve") expectNone("the adapter", textsIn(registry));
        }
      }
      expectNone("the terminal", [inspect(terminal.said, { depth: 50 })]);
      expect(failed).toBeGreaterThan(0);
      terminal.stop();
    },
  );

  it.each(Object.entries(failures))(
    "keeps secrets out of what a token endpoint makes fail: %s",
    async (_name, script) => {
      // A ready-made token is not exchanged for another one.
      if ("token" in credentials) return;
      const terminal = listen();
      const { host, open } = await start(credentials, script, "token endpoint");
      const registry = open();
      const error = await errorOf(registry.resolve(tagReference({ registry: host, repository: "bearer/app" }, "1")));
      expect(isBayplanError(error)).toBe(true);
      expectNone("the error", [...textsIn(error), ...textsIn(registry), inspect(terminal.said, { depth: 50 })]);
      terminal.stop();
    },
  );
});

function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
