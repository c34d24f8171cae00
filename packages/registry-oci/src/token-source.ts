import { BayplanError, type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import { createSharedWork, type HttpClient, type HttpResponse } from "@bayplan/runtime";

import { type BearerChallenge, requestToken, type TokenResult } from "./token-endpoint.ts";

/** For what a token is needed. */
export interface TokenPurpose {
  readonly challenge: BearerChallenge;
  readonly repository: string;
  readonly actions: "pull" | "pull,push";
}

/** A token and whether it was already there; or the refusal of the endpoint. */
export type TokenGrant = { readonly token: string; readonly cached: boolean } | { readonly refused: HttpResponse };

/** Gives tokens, each asked for once and kept until it expires. */
export interface TokenSource {
  get(purpose: TokenPurpose, options: CallOptions): Promise<TokenGrant>;
  /** Whether the token is known and, by our clock, not over. */
  isCurrent(token: string): boolean;
  /** Forgets a token that the registry no longer accepts. */
  forget(token: string): void;
}

/** What a token source works with. */
interface TokenSourceOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** The `Basic` header for the token endpoint; `undefined` for anonymous. */
  readonly authorization: (options: CallOptions) => Promise<string | undefined>;
  /** What a refusal means when credentials were sent: that they are wrong, or perhaps only that this repository is closed. */
  readonly refusalMeans: "credentials" | "repository";
}

interface CachedToken {
  readonly token: string;
  readonly expiresMs: number;
}

// Leaves time for the request that carries the token.
const expiryMarginMs = 5_000;
// Repeated wrong logins lock accounts: the same wrong password is not sent again for every repository.
const refusalKeptMs = 60_000;
const maxCachedTokens = 10_000;

/** One cache of tokens, by endpoint, service and scope. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const cache = new Map<string, CachedToken>();
  const shared = createSharedWork<TokenResult>();
  const provenCredentials = new Set<string>();
  let refused: { readonly authorization: string; readonly untilMs: number; readonly error: BayplanError } | undefined;

  function cached(key: string): string | undefined {
    const entry = cache.get(key);
    if (entry === undefined || entry.expiresMs > instantToMs(options.clock.now())) return entry?.token;
    cache.delete(key);
    return undefined;
  }

  async function ask(purpose: TokenPurpose, key: string, call: CallOptions): Promise<TokenResult> {
    const { challenge } = purpose;
    const authorization = await options.authorization(call);
    // Counted from before the question, so that a slow answer does not make the token look younger than it is.
    const askedMs = instantToMs(options.clock.now());
    if (refused !== undefined && refused.authorization === authorization && askedMs < refused.untilMs) {
      throw refused.error;
    }
    const signed = { ...call, challenge, ...(authorization === undefined ? {} : { authorization }) };
    const scope = `repository:${purpose.repository}:${purpose.actions}`;
    const result = await requestToken(options.http, { ...signed, scope });
    if ("token" in result) {
      if (cache.size >= maxCachedTokens) cache.clear();
      cache.set(key, { token: result.token, expiresMs: askedMs + result.lifetimeMs - expiryMarginMs });
      return result;
    }
    if (authorization === undefined) return result;
    if (options.refusalMeans === "repository" && (await areCredentialsGood(signed))) return result;
    const error = wrongCredentials(challenge, result.refused.status);
    refused = { authorization, untilMs: askedMs + refusalKeptMs, error };
    throw error;
  }

  async function areCredentialsGood(
    signed: CallOptions & { challenge: BearerChallenge; authorization?: string },
  ): Promise<boolean> {
    const endpoint = signed.challenge.realm.href;
    if (!provenCredentials.has(endpoint) && "token" in (await requestToken(options.http, signed))) {
      provenCredentials.add(endpoint);
    }
    return provenCredentials.has(endpoint);
  }

  return {
    async get(purpose, call) {
      const key = (actions: string): string =>
        JSON.stringify([purpose.challenge.realm.href, purpose.challenge.service, purpose.repository, actions]);
      // A token that may also push serves for pulling, too.
      const known = cached(key(purpose.actions)) ?? cached(key("pull,push"));
      if (known !== undefined) return { token: known, cached: true };
      const own = key(purpose.actions);
      const result = await shared(own, (inner) => ask(purpose, own, inner), call);
      return "token" in result ? { token: result.token, cached: false } : result;
    },
    isCurrent(token) {
      const nowMs = instantToMs(options.clock.now());
      return [...cache.values()].some((entry) => entry.token === token && entry.expiresMs > nowMs);
    },
    forget(token) {
      for (const [key, entry] of cache) if (entry.token === token) cache.delete(key);
    },
  };
}

function wrongCredentials(challenge: BearerChallenge, status: number): BayplanError {
  return new BayplanError(
    "UNAUTHORIZED",
    `${challenge.realm.host} does not accept the credentials. Check the user name and the password or token.`,
    { status },
  );
}
