import type { Clock } from "@bayplan/core";
import type { HttpClient } from "@bayplan/runtime";
import { basicAuthorization, type CredentialsFunction } from "./credentials.ts";
import { createSession, type HostSession } from "./session.ts";
import { createTokenSource } from "./token-source.ts";

/** What the sessions of an adapter are made with. */
interface HostSessionsOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly credentials: CredentialsFunction;
  readonly tokenRefusal: "credentials" | "repository";
}

/** The session of each host, made once. */
export function createHostSessions(options: HostSessionsOptions): (registry: URL) => HostSession {
  const { http, clock, credentials } = options;
  const sessions = new Map<string, HostSession>();
  return (registry) => {
    const known = sessions.get(registry.href);
    if (known !== undefined) return known;
    const tokens = createTokenSource({
      http,
      clock,
      refusalMeans: options.tokenRefusal,
      secret: async (repository, call) => {
        const given = await credentials(registry.host, { ...call, repository, refresh: false });
        if (given === undefined) return undefined;
        if ("token" in given) return "ready-made";
        const authorization = basicAuthorization(given);
        return "identityToken" in given ? { authorization, identityToken: given.identityToken } : { authorization };
      },
    });
    const made = createSession(registry, { credentials, clock, tokens });
    sessions.set(registry.href, made);
    return made;
  };
}
