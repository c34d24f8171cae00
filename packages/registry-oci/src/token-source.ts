import { BayplanError, type CallOptions, type Clock, instantToMs, isBayplanError } from "@bayplan/core";
import { createSharedWork, type HttpClient, type HttpResponse } from "@bayplan/runtime";
import { createFirstLogin } from "./first-login.ts";
import { type AccessScope, formatScope, mergeScopes } from "./scope.ts";
import { createTokenBatches, type TokenBatch, type TokenSeat, tokenKey } from "./token-batches.ts";
import { createTokenCache, type KnownToken } from "./token-cache.ts";
import { type BearerChallenge, requestToken, type TokenSecret } from "./token-endpoint.ts";

/** For what a token is needed. */
export interface TokenPurpose {
  readonly challenge: BearerChallenge;
  /** Whose credentials are used. */
  readonly repository: string;
  /** The repository's own first: some servers honour only that one. */
  readonly scopes: readonly [AccessScope, ...AccessScope[]];
  /** Who else may get the same token, where it is only to pull, in the order of their need. Default nobody. */
  readonly along?: (() => readonly string[]) | undefined;
  /** Whether only a token of the repository's own will do. Default `false`. */
  readonly alone?: boolean;
}

/** A token for a repository. */
export interface GivenToken {
  readonly known: KnownToken;
  /** Whether it was there before, and may have been revoked meanwhile. */
  readonly cached: boolean;
  /** The repository's place among those of the token. */
  readonly key: string;
}

/** A token; or the refusal of the endpoint. */
export type TokenGrant = GivenToken | { readonly refused: HttpResponse };

/** Gives tokens, each asked for once and kept until it expires. */
export interface TokenSource {
  get(purpose: TokenPurpose, options: CallOptions): Promise<TokenGrant>;
  /** Whether the token is known and, by our clock, not over. */
  isCurrent(given: GivenToken): boolean;
  /** Forgets a token that the registry no longer accepts. */
  forget(given: GivenToken): void;
  /** Whether it was asked for together with others, and no answer has shown yet that it opens this repository. */
  isDoubtful(given: GivenToken): boolean;
  /** An answer has shown it; `true` if that was news. */
  prove(given: GivenToken): boolean;
  /** The repository gets a token of its own from now on. */
  leave(given: GivenToken): void;
  /** Nobody is asked for together any more: registry or endpoint does not keep to it. */
  giveUpBatches(): void;
}

/** What a token source works with. */
interface TokenSourceOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /**
   * What proves the caller's identity to the token endpoint; `undefined` for anonymous, `ready-made` where there is a
   * token already and none is asked for.
   */
  readonly secret: (repository: string, options: CallOptions) => Promise<TokenSecret | "ready-made" | undefined>;
  /** What a refusal means when credentials were sent: that they are wrong, or perhaps only that this repository is closed. */
  readonly refusalMeans: "credentials" | "repository";
}

interface TokenOrder {
  readonly challenge: BearerChallenge;
  readonly secret: TokenSecret | undefined;
  readonly scopes: readonly AccessScope[];
  readonly keys: readonly string[];
}

type Outcome = KnownToken | { readonly refused: HttpResponse };

// Leaves time for the request that carries the token.
const expiryMarginMs = 5_000;
// Repeated wrong logins lock accounts: the same wrong password is not sent again for every repository.
const refusalKeptMs = 60_000;
// An endpoint that gave neither many nor one may be better after this.
const outageMs = 60_000;

/** One cache of tokens, by endpoint, service and scopes. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { clock, http } = options;
  const cache = createTokenCache(clock);
  const batches = createTokenBatches(clock);
  const shared = createSharedWork<Outcome>();
  const firstLogin = createFirstLogin();
  const provenCredentials = new Set<string>();
  let refused: { readonly authorization: string; readonly untilMs: number; readonly error: BayplanError } | undefined;

  async function request(order: TokenOrder, call: CallOptions): Promise<Outcome> {
    const { challenge, secret, scopes, keys } = order;
    // Counted from before the question, so that a slow answer does not make the token look younger than it is.
    const nowMs = instantToMs(clock.now());
    if (refused !== undefined && refused.authorization === secret?.authorization && nowMs < refused.untilMs) {
      throw refused.error;
    }
    const signed = { ...call, challenge, nowMs, ...(secret === undefined ? {} : { secret }) };
    const result = await requestToken(http, { ...signed, scopes: scopes.map(formatScope) });
    if ("refused" in result) return result;
    const expiresMs = nowMs + result.lifetimeMs - expiryMarginMs;
    const known = { token: result.token, scopes, keys, expiresMs, doubted: new Set(keys.length > 1 ? keys : []) };
    cache.keep(known);
    return known;
  }

  async function askAlone(order: TokenOrder, call: CallOptions): Promise<Outcome> {
    const result = await request(order, call);
    const authorization = order.secret?.authorization;
    // With more than the repository's own scope, it may be the other one that is refused.
    if ("token" in result || authorization === undefined || order.scopes.length > 1) return result;
    if (options.refusalMeans === "repository" && (await areCredentialsGood(order.challenge, authorization, call)))
      return result;
    const error = wrongCredentials(order.challenge, result.refused.status);
    refused = { authorization, untilMs: instantToMs(clock.now()) + refusalKeptMs, error };
    throw error;
  }

  async function areCredentialsGood(challenge: BearerChallenge, authorization: string, call: CallOptions) {
    const proof = `${challenge.realm.href} ${authorization}`;
    const asked = { ...call, challenge, nowMs: instantToMs(clock.now()), secret: { authorization }, scopes: [] };
    if (!provenCredentials.has(proof) && "token" in (await requestToken(http, asked))) provenCredentials.add(proof);
    return provenCredentials.has(proof);
  }

  /** What the leader gets. The others find the token in the cache, or ask for one each. */
  async function askTogether(batch: TokenBatch, call: CallOptions): Promise<Outcome> {
    try {
      const { challenge, leader } = batch;
      const secretOf = (repository: string) => options.secret(repository, call);
      const others = batch.others.map(async (seat) => ({ seat, secret: await secretOf(seat.repository) }));
      const settled = Promise.allSettled(others);
      const given = await secretOf(leader.repository);
      // Credentials are for one repository. Who has others than the leader, or cannot get them, asks alone.
      const same = (await settled).flatMap((other) =>
        other.status === "fulfilled" && isSame(other.value.secret, given) ? [other.value.seat] : [],
      );
      const seats = [leader, ...same];
      for (const { key } of seats) batch.joined.add(key);
      const secret = given === "ready-made" ? undefined : given;
      const order = (of: typeof seats): TokenOrder => ({
        challenge,
        secret,
        scopes: of.map(({ scope }) => scope),
        keys: of.map(({ key }) => key),
      });
      return await firstLogin(
        secret?.authorization,
        async () => {
          let isRefusal = true;
          if (seats.length > 1) {
            const together = await request(order(seats), call).catch((error: unknown) => {
              if (!mayBeTooMany(error)) throw error;
              isRefusal = false;
              return undefined;
            });
            if (together !== undefined && "token" in together) return together;
          }
          // One of them may be closed, which says nothing about the credentials or about the others. Not bisected: with
          // two or three closed ones of 25 that costs as much. The leader goes first, in case the password is wrong.
          for (const { key } of seats) batches.leaveAlone(key, outageMs);
          const own = await askAlone(order([leader]), call);
          if (isRefusal) for (const { key } of seats) batches.leaveAlone(key);
          else if ("token" in own) batches.giveUp();
          return own;
        },
        call,
      );
    } finally {
      batches.end(batch);
    }
  }

  async function throughBatch(batch: TokenBatch, key: string, call: CallOptions): Promise<Outcome | undefined> {
    try {
      const outcome = await shared(batch.id, (inner) => askTogether(batch, inner), call);
      return batch.leader.key === key ? outcome : undefined;
    } catch (error) {
      const isAboutUs = batch.joined.has(key) || batch.leader.key === key;
      if (isAboutUs || (isBayplanError(error) && error.code === "CANCELLED")) throw error;
      return undefined;
    }
  }

  async function throughOwn(purpose: TokenPurpose, key: string, call: CallOptions): Promise<Outcome> {
    const { challenge, repository } = purpose;
    const scopes = mergeScopes(purpose.scopes);
    return await shared(
      `${key} ${scopes.map(formatScope).join(" ")}`,
      async (inner) => {
        const given = await options.secret(repository, inner);
        const secret = given === "ready-made" ? undefined : given;
        const order = { challenge, secret, scopes, keys: [key] };
        return await firstLogin(secret?.authorization, () => askAlone(order, inner), inner);
      },
      call,
    );
  }

  return {
    async get(purpose, call) {
      const { challenge, repository, scopes, along, alone = false } = purpose;
      const key = tokenKey(challenge, scopes[0].resource);
      const known = cache.find(key, scopes);
      if (known !== undefined && !(alone && known.doubted.has(key))) return { known, key, cached: true };
      const mayShare = !alone && scopes.length === 1 && scopes[0].actions.join() === "pull";
      // Not for ever: who is left out again and again, having other credentials than the leaders, goes alone.
      for (let round = 0; mayShare && round < 4; round += 1) {
        const order = { challenge, repository, along: along ?? (() => []) };
        const hasToken = (seat: TokenSeat) => cache.find(seat.key, [seat.scope]) !== undefined;
        const batch = batches.underWay(key) ?? batches.begin(order, hasToken);
        if (batch === undefined) break;
        const outcome = (await throughBatch(batch, key, call)) ?? cache.find(key, scopes);
        if (outcome !== undefined) return "refused" in outcome ? outcome : { known: outcome, key, cached: false };
      }
      const own = await throughOwn(purpose, key, call);
      return "refused" in own ? own : { known: own, key, cached: false };
    },
    isCurrent: ({ known }) => cache.isCurrent(known),
    forget: ({ known }) => cache.forget(known),
    isDoubtful: ({ known, key }) => known.doubted.has(key),
    prove: ({ known, key }) => known.doubted.delete(key),
    leave({ known, key }) {
      cache.forget(known, key);
      batches.leaveAlone(key);
    },
    giveUpBatches: () => batches.giveUp(),
  };
}

function isSame(one: TokenSecret | "ready-made" | undefined, other: TokenSecret | "ready-made" | undefined): boolean {
  if (one === "ready-made" || other === "ready-made") return false;
  const identity = (secret: TokenSecret | undefined) =>
    secret !== undefined && "identityToken" in secret ? secret.identityToken : undefined;
  return one?.authorization === other?.authorization && identity(one) === identity(other);
}

// Not where waiting is asked for or nothing came for minutes: a lesser request would meet the same.
function mayBeTooMany(error: unknown): boolean {
  return isBayplanError(error) && (error.code === "RESPONSE_INVALID" || error.code === "UNAVAILABLE");
}

function wrongCredentials(challenge: BearerChallenge, status: number): BayplanError {
  return new BayplanError(
    "UNAUTHORIZED",
    `${challenge.realm.host} does not accept the credentials. Check the user name and the password or token.`,
    { status },
  );
}
