import { BayplanError, type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import { createSharedWork, type HttpClient, type HttpResponse } from "@bayplan/runtime";

import { type AccessScope, coversScopes, formatScope, mergeScopes } from "./scope.ts";
import { type BearerChallenge, requestToken, type TokenResult, type TokenSecret } from "./token-endpoint.ts";

/** For what a token is needed. */
export interface TokenPurpose {
  readonly challenge: BearerChallenge;
  /** Whose credentials are used. */
  readonly repository: string;
  /** The repository's own first: some servers honour only that one. */
  readonly scopes: readonly [AccessScope, ...AccessScope[]];
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
  /** What proves the caller's identity to the token endpoint; `undefined` for anonymous. */
  readonly secret: (repository: string, options: CallOptions) => Promise<TokenSecret | undefined>;
  /** What a refusal means when credentials were sent: that they are wrong, or perhaps only that this repository is closed. */
  readonly refusalMeans: "credentials" | "repository";
}

interface CachedToken {
  readonly token: string;
  readonly scopes: readonly AccessScope[];
  /** Where it stands in `byResource`. */
  readonly key: string;
  readonly expiresMs: number;
}

// Leaves time for the request that carries the token.
const expiryMarginMs = 5_000;
// Repeated wrong logins lock accounts: the same wrong password is not sent again for every repository.
const refusalKeptMs = 60_000;
const maxCachedTokens = 10_000;

/** One cache of tokens, by endpoint, service and scopes. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const byToken = new Map<string, CachedToken>();
  // Under its own repository only: what a token may read besides was asked for with that repository's credentials.
  const byResource = new Map<string, CachedToken[]>();
  const shared = createSharedWork<TokenResult>();
  const provenCredentials = new Set<string>();
  let refused: { readonly authorization: string; readonly untilMs: number; readonly error: BayplanError } | undefined;

  function cached(key: string, scopes: readonly AccessScope[]): string | undefined {
    const known = byResource.get(key);
    if (known === undefined) return undefined;
    const nowMs = instantToMs(options.clock.now());
    return known.find((entry) => entry.expiresMs > nowMs && coversScopes(entry.scopes, scopes))?.token;
  }

  function keep(entry: CachedToken): void {
    if (byToken.size >= maxCachedTokens) {
      byToken.clear();
      byResource.clear();
    }
    byToken.set(entry.token, entry);
    const nowMs = instantToMs(options.clock.now());
    // What the new one covers is never needed again.
    const others = (byResource.get(entry.key) ?? []).filter((other) => {
      if (other.expiresMs > nowMs && !coversScopes(entry.scopes, other.scopes)) return true;
      if (other.token !== entry.token) byToken.delete(other.token);
      return false;
    });
    byResource.set(entry.key, [...others, entry]);
  }

  async function ask(purpose: TokenPurpose, key: string, call: CallOptions): Promise<TokenResult> {
    const { challenge } = purpose;
    const secret = await options.secret(purpose.repository, call);
    // Counted from before the question, so that a slow answer does not make the token look younger than it is.
    const nowMs = instantToMs(options.clock.now());
    const authorization = secret?.authorization;
    if (refused !== undefined && refused.authorization === authorization && nowMs < refused.untilMs) {
      throw refused.error;
    }
    const signed = { ...call, challenge, nowMs, ...(secret === undefined ? {} : { secret }) };
    const scopes = mergeScopes(purpose.scopes);
    const result = await requestToken(options.http, { ...signed, scopes: scopes.map(formatScope) });
    if ("token" in result) {
      keep({ token: result.token, scopes, key, expiresMs: nowMs + result.lifetimeMs - expiryMarginMs });
      return result;
    }
    // With more than the repository's own scope, it may be the other one that is refused.
    if (authorization === undefined || scopes.length > 1) return result;
    if (options.refusalMeans === "repository" && (await areCredentialsGood({ ...signed, secret: { authorization } })))
      return result;
    const error = wrongCredentials(challenge, result.refused.status);
    refused = { authorization, untilMs: nowMs + refusalKeptMs, error };
    throw error;
  }

  async function areCredentialsGood(
    signed: CallOptions & { challenge: BearerChallenge; nowMs: number; secret: TokenSecret },
  ): Promise<boolean> {
    const proof = `${signed.challenge.realm.href} ${signed.secret.authorization}`;
    if (!provenCredentials.has(proof) && "token" in (await requestToken(options.http, { ...signed, scopes: [] }))) {
      provenCredentials.add(proof);
    }
    return provenCredentials.has(proof);
  }

  return {
    async get(purpose, call) {
      const { challenge, scopes } = purpose;
      const key = `${challenge.realm.href} ${challenge.service} ${scopes[0].resource}`;
      const known = cached(key, scopes);
      if (known !== undefined) return { token: known, cached: true };
      const flight = `${key} ${mergeScopes(scopes).map(formatScope).join(" ")}`;
      const result = await shared(flight, (inner) => ask(purpose, key, inner), call);
      return "token" in result ? { token: result.token, cached: false } : result;
    },
    isCurrent(token) {
      return (byToken.get(token)?.expiresMs ?? 0) > instantToMs(options.clock.now());
    },
    forget(token) {
      const entry = byToken.get(token);
      if (entry === undefined) return;
      byToken.delete(token);
      const left = byResource.get(entry.key)?.filter((other) => other.token !== token) ?? [];
      if (left.length === 0) byResource.delete(entry.key);
      else byResource.set(entry.key, left);
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
