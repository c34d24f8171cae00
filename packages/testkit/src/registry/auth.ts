import { randomUUID } from "node:crypto";
import { addMs, type Clock, instantToMs } from "@bayplan/core";
import { type AccessScope, covers, formatScope, parseScopes, requiredScope } from "./access-scope.ts";
import { jsonResponse, refusal } from "./refusal.ts";

/** Who may use an embedded registry, and how they prove it. */
export type RegistryAuth =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly users: Readonly<Record<string, string>> }
  | {
      readonly kind: "bearer";
      /** Passwords by user. Every user may pull, push and delete everywhere. */
      readonly users: Readonly<Record<string, string>>;
      /** How long a token is good for, on the registry's clock. Default 300000. */
      readonly tokenLifetimeMs?: number;
      /** Whether tokens that may only pull are given to anyone. Default `false`. */
      readonly anonymousPull?: boolean;
      /** Where tokens are given. Default: `/token` at the origin of the request. The registry answers at this path on any origin. */
      readonly realm?: string;
      /** Default `bayplan-testkit`. Token requests must name it. */
      readonly service?: string;
    };

/** Checks requests and gives tokens. */
export interface Authorizer {
  /** Gives the user, `undefined` for an anonymous one; throws the challenge otherwise. No repository: the `/v2/` probe. */
  authorize(request: Request, repository?: string): string | undefined;
  /** Answers the token endpoint. */
  giveToken(request: Request, identify: (user: string) => void): Response;
}

interface IssuedToken {
  readonly user: string | undefined;
  readonly scope: AccessScope;
  readonly expiresMs: number;
}

/** Enforces the authentication that was configured. */
export function createAuthorizer(auth: RegistryAuth, clock: Clock): Authorizer {
  if (auth.kind === "none") return { authorize: () => undefined, giveToken: () => notFound() };
  if (auth.kind === "basic") {
    return {
      authorize(request) {
        const user = basicUser(request, auth.users);
        if (user !== undefined) return user;
        throw unauthorized('Basic realm="bayplan-testkit"');
      },
      giveToken: () => notFound(),
    };
  }
  const service = auth.service ?? "bayplan-testkit";
  const lifetimeMs = auth.tokenLifetimeMs ?? 300_000;
  const tokens = new Map<string, IssuedToken>();

  function challenge(request: Request, scope: AccessScope | undefined, error?: string): Error {
    const realm =
      auth.kind === "bearer" && auth.realm !== undefined ? auth.realm : `${new URL(request.url).origin}/token`;
    const parameters = {
      realm,
      service,
      ...(scope === undefined ? {} : { scope: formatScope(scope) }),
      ...(error === undefined ? {} : { error }),
    };
    const text = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
    return unauthorized(`Bearer ${text.join(",")}`);
  }

  return {
    authorize(request, repository) {
      const required = repository === undefined ? undefined : requiredScope(request, repository);
      const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
      if (bearer === undefined) throw challenge(request, required);
      const token = tokens.get(bearer);
      if (token === undefined || token.expiresMs <= instantToMs(clock.now())) {
        throw challenge(request, required, "invalid_token");
      }
      if (required !== undefined && !covers(token.scope, required)) {
        throw challenge(request, required, "insufficient_scope");
      }
      return token.user;
    },
    giveToken(request, identify) {
      const query = new URL(request.url).searchParams;
      if (request.method !== "GET") throw refusal(405, { code: "UNSUPPORTED", message: "use GET" }, { allow: "GET" });
      const user = basicUser(request, auth.users);
      const isAnonymous = !request.headers.has("authorization");
      if (user === undefined && !(isAnonymous && auth.anonymousPull === true)) {
        throw refusal(401, { code: "UNAUTHORIZED", message: "authentication required" });
      }
      if (query.get("service") !== service) {
        throw refusal(400, { code: "UNSUPPORTED", message: `the service must be ${service}` });
      }
      if (user !== undefined) identify(user);
      const scope = parseScopes(query.getAll("scope"), user === undefined ? ["pull"] : ["pull", "push", "delete"]);
      const token = randomUUID();
      const now = clock.now();
      tokens.set(token, { user, scope, expiresMs: instantToMs(addMs(now, lifetimeMs)) });
      const expires = { expires_in: Math.floor(lifetimeMs / 1000), issued_at: now };
      return jsonResponse(200, { token, access_token: token, ...expires }, { "cache-control": "no-store" });
    },
  };
}

function basicUser(request: Request, users: Readonly<Record<string, string>>): string | undefined {
  const [, encoded] = /^Basic (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const user = text.slice(0, colon);
  return colon > 0 && Object.hasOwn(users, user) && users[user] === text.slice(colon + 1) ? user : undefined;
}

function unauthorized(challenge: string): Error {
  const error = { code: "UNAUTHORIZED", message: "authentication required" } as const;
  return refusal(401, error, { "www-authenticate": challenge });
}

function notFound(): Response {
  return new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } });
}
