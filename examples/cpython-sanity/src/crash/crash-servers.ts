import { serve } from "@bayplan/testkit";
import { type Change, changeName } from "./change.ts";

/** Asked about every request that changes something. */
export interface Interceptor {
  /** Resolving to `true` loses the request before it has any effect. */
  before(change: Change): Promise<boolean>;
  /** Resolving to `true` loses the answer after it had its effect. */
  after(change: Change): Promise<boolean>;
}

/** Answers a request, as the `fetch` of a simulated server does. */
type Handler = (request: Request) => Promise<Response>;

/** Sockets that stay while what is behind them is replaced. */
export interface CrashServers {
  /** Host and port by name of the server. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Every request that changed something or was lost while trying, since the last {@link CrashServers.replace}. */
  readonly changes: readonly Change[];
  /** Puts new servers behind the sockets and forgets what the old ones were asked. */
  replace(handlers: Readonly<Record<string, Handler>>): void;
  /** From now on. Default: nothing is lost. */
  intercept(interceptor: Interceptor | undefined): void;
  /** Calls the listener after each answer to a request that came through the socket of that server. */
  onAnswer(server: string, listener: () => void): void;
  /** For workflows, which speak to the same servers without a socket. */
  send(server: string, request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Opens one socket for each name. */
export async function openCrashServers(names: readonly string[]): Promise<CrashServers> {
  let handlers: Readonly<Record<string, Handler>> = {};
  let interceptor: Interceptor | undefined;
  let changes: Change[] = [];
  const listeners = new Map<string, Set<() => void>>();

  const pass = async (server: string, by: Change["by"], request: Request): Promise<Response> => {
    const handle = handlers[server];
    if (handle === undefined) throw new Error(`There is nothing behind ${server}.`);
    const name = changeName(request);
    if (name === undefined) return handle(request);
    const number =
      1 + changes.filter((other) => other.server === server && other.by === by && other.name === name).length;
    const change: Change = { server, by, name, number };
    changes.push(change);
    // Who asks is dead then: what is answered goes nowhere. A workflow lives on, so it is answered as ever.
    if ((await interceptor?.before(change)) === true && by === "bayplan") return lost();
    const response = await handle(request);
    return (await interceptor?.after(change)) === true && by === "bayplan" ? lost() : response;
  };

  const served = await Promise.all(
    names.map(async (name) => {
      const socket = await serve(async (request) => {
        const response = await pass(name, "bayplan", request);
        for (const listener of listeners.get(name) ?? []) listener();
        return response;
      });
      return [name, socket] as const;
    }),
  );
  return {
    hosts: Object.fromEntries(served.map(([name, { host }]) => [name, host])),
    get changes() {
      return changes;
    },
    replace(next) {
      handlers = next;
      changes = [];
      listeners.clear();
    },
    intercept(next) {
      interceptor = next;
    },
    onAnswer(server, listener) {
      listeners.set(server, (listeners.get(server) ?? new Set()).add(listener));
    },
    send: (server, request) => pass(server, "workflow", request),
    close: async () => void (await Promise.all(served.map(([, socket]) => socket.close()))),
  };
}

function lost(): Response {
  return new Response("lost", { status: 502 });
}
