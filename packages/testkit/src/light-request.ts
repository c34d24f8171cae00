import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

type Handler = (request: Request) => Promise<Response>;

interface Parts {
  readonly incoming: IncomingMessage;
  readonly abort: AbortController;
  headers?: Headers;
  whole?: Request;
}

interface Light {
  readonly [parts]: Parts;
}

const parts = Symbol("parts");
const lightHandlers = new WeakSet<Handler>();

/** Marks a handler that only reads requests, and never hands them to `fetch` or `new Request`. */
export function withLightRequests<Marked extends Handler>(handler: Marked): Marked {
  lightHandlers.add(handler);
  return handler;
}

/**
 * The request as the handler takes it. Building a web `Request` costs more than a simulated server's whole answer to a
 * HEAD, so a handler marked by {@link withLightRequests} gets one that is built only when more is asked for than
 * method, address, headers and signal.
 */
export function requestFor(handler: Handler, incoming: IncomingMessage, abort: AbortController): Request {
  if (!lightHandlers.has(handler)) return build({ incoming, abort });
  return Object.create(lightPrototype, { [parts]: { value: { incoming, abort } satisfies Parts } }) as Request;
}

const cheap: Readonly<Record<string, (from: Parts) => unknown>> = {
  method: ({ incoming }) => incoming.method ?? "GET",
  url: ({ incoming }) => addressOf(incoming),
  headers: (from) => headersOf(from),
  signal: ({ abort }) => abort.signal,
};

const lightPrototype: object = Object.create(
  Request.prototype,
  Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(Request.prototype)).map(lighten)),
);

function lighten([name, own]: readonly [string, PropertyDescriptor]): [string, PropertyDescriptor] {
  const read = cheap[name];
  if (read !== undefined) return [name, { get: getter((light) => read(light[parts])) }];
  if (own.get !== undefined) return [name, { get: getter((light) => Reflect.get(wholeOf(light[parts]), name)) }];
  if (typeof own.value !== "function" || name === "constructor") return [name, own];
  const { value: method } = own;
  return [
    name,
    {
      value(this: Light, ...given: readonly unknown[]) {
        return Reflect.apply(method, wholeOf(this[parts]), given);
      },
    },
  ];
}

function getter(read: (light: Light) => unknown): () => unknown {
  return function (this: Light) {
    return read(this);
  };
}

function wholeOf(from: Parts): Request {
  from.whole ??= build(from);
  return from.whole;
}

function headersOf(from: Parts): Headers {
  if (from.headers !== undefined) return from.headers;
  const headers = new Headers();
  for (const [name, value] of Object.entries(from.incoming.headers)) {
    for (const part of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, part);
  }
  from.headers = headers;
  return headers;
}

function addressOf(incoming: IncomingMessage): string {
  return `http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`;
}

function build(from: Parts): Request {
  const { incoming, abort } = from;
  const method = incoming.method ?? "GET";
  const init = { method, headers: headersOf(from), signal: abort.signal };
  if (method === "GET" || method === "HEAD") return new Request(addressOf(incoming), init);
  return new Request(addressOf(incoming), { ...init, body: Readable.toWeb(incoming), duplex: "half" });
}
