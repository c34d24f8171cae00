import { BayplanError } from "@bayplan/core";

/** A user and the password or token that proves it. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** How a registry is reached. */
export interface RegistryAccess {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly credentials?: RegistryCredentials;
  /** Default the global `fetch`, looked up at each call. */
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly signal?: AbortSignal;
}

/** How often something is tried before a build gives up, as builders do. */
export const maxTries = 4;

/** One request: path below the origin, and what `fetch` takes beside it. */
export type RegistrySession = (path: string, init?: RequestInit) => Promise<Response>;

/**
 * Speaks to one registry, following its challenge: no authentication, Basic, or a bearer token per scope.
 * A helper for simulated builds, not a client: it repeats a request once when its connection breaks, and what it reads a
 * few times when the registry fails.
 */
export function openRegistrySession(access: RegistryAccess): RegistrySession {
  const send = access.fetch ?? ((request: Request) => globalThis.fetch(request));
  let authorization: string | undefined;

  async function attempt(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (authorization !== undefined) headers.set("authorization", authorization);
    const signal = access.signal === undefined ? {} : { signal: access.signal };
    const request = () => new Request(new URL(path, access.origin), { ...init, ...signal, headers });
    // A kept connection that the server closes at that moment says nothing about the build: once more, on another one.
    return send(request()).catch((error: unknown) => {
      if (!(error instanceof TypeError) || access.signal?.aborted === true) throw error;
      return send(request());
    });
  }

  async function authenticated(path: string, init: RequestInit): Promise<Response> {
    const first = await attempt(path, init);
    if (first.status !== 401) return first;
    // Read, not cancelled: cancelling a body that msw has cloned never ends.
    await first.arrayBuffer();
    authorization = await answerChallenge(first.headers.get("www-authenticate") ?? "", access, send);
    return attempt(path, init);
  }

  return async (path, init = {}) => {
    const isRead = init.method === undefined || init.method === "HEAD";
    for (let tries = 1; ; tries += 1) {
      const response = await authenticated(path, init);
      // Distribution 2.8 answers 500 to who reads a manifest while the same bytes are stored once more.
      if (!isRead || response.status < 500 || tries === maxTries) return response;
      await response.arrayBuffer();
    }
  };
}

async function answerChallenge(
  challenge: string,
  access: RegistryAccess,
  send: (request: Request) => Promise<Response>,
): Promise<string> {
  const { credentials } = access;
  const basic =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  if (/^basic /i.test(challenge) && basic !== undefined) return basic;
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const realm = parameters["realm"];
  if (!/^bearer /i.test(challenge) || realm === undefined) throw refused();
  const url = new URL(realm);
  if (parameters["service"] !== undefined) url.searchParams.set("service", parameters["service"]);
  if (parameters["scope"] !== undefined) url.searchParams.set("scope", parameters["scope"]);
  const headers = basic === undefined ? {} : { authorization: basic };
  const response = await send(new Request(url, { headers }));
  if (!response.ok) throw refused();
  return `Bearer ${((await response.json()) as { token: string }).token}`;
}

function refused(): BayplanError {
  return new BayplanError("UNAUTHORIZED", "The registry wants other credentials than were given. Pass `credentials`.");
}

/** Gives the answer back if its status is one of these; `UNAVAILABLE` with the registry's words otherwise. */
export async function expectStatus(response: Response, ...statuses: readonly number[]): Promise<Response> {
  if (statuses.includes(response.status)) return response;
  const text = (await response.text()).slice(0, 500);
  const code = response.status === 401 ? "UNAUTHORIZED" : response.status === 404 ? "NOT_FOUND" : "UNAVAILABLE";
  throw new BayplanError(code, `The registry answered ${response.status} at ${response.url}: ${text}`, {
    status: response.status,
  });
}
