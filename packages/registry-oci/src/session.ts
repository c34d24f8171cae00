import { BayplanError, type CallOptions, type Clock } from "@bayplan/core";
import { type HttpHeaders, type HttpResponse, untilCancelled } from "@bayplan/runtime";
import { type AuthenticationMode, chooseMode } from "./authentication-mode.ts";
import { parseChallenges } from "./challenge.ts";
import { basicAuthorization, type Credentials, type CredentialsFunction } from "./credentials.ts";
import type { Crowd } from "./crowd.ts";
import { deferred } from "./deferred.ts";
import { isPage } from "./oci-errors.ts";
import { type AccessScope, coversScopes, parseScopes, repositoryScope } from "./scope.ts";
import type { GivenToken, TokenSource } from "./token-source.ts";

/** What a request may do in which repository. */
export interface Scope {
  readonly repository: string;
  readonly actions: "pull" | "pull,push" | "delete,pull";
  /** Another repository of the registry that is read in the same request, to mount from. */
  readonly from?: string | undefined;
}

/** The part of an answer that authentication looks at. */
interface Answered {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly url: string;
}

/** Authenticates the requests to one host. */
export interface Session {
  /**
   * Performs a request with the right `Authorization`. A 401 is answered once or twice by authenticating; what is
   * returned then is the registry's last word, also when that is 401 or 403.
   *
   * @throws BayplanError `UNAUTHORIZED` when credentials are missing or wrong for sure.
   */
  send<R extends Answered>(
    scope: Scope,
    perform: (authorization: string | undefined) => Promise<R>,
    options: CallOptions,
  ): Promise<R | HttpResponse>;
}

/** A session that can be told what else is coming. */
export interface HostSession extends Session {
  /** The same session for requests that were announced together: what they learn and the tokens they get are for all. */
  within(crowd: Crowd): Session;
}

interface Proof {
  readonly header?: string;
  /** A token that was given for the caller's credentials. */
  readonly given?: GivenToken;
}

// https://github.com/moby/moby/issues/22158
const clockSkewWaitMs = 1_000;

/** A session for one host. How it authenticates is learnt from its first 401 and then used without being asked. */
export function createSession(
  registry: URL,
  dependencies: { tokens: TokenSource; credentials: CredentialsFunction; clock: Clock },
): HostSession {
  const { tokens, credentials, clock } = dependencies;
  let mode: AuthenticationMode = { kind: "unknown" };
  let learning: Promise<void> | undefined;

  async function prove(
    scope: Scope,
    options: CallOptions & { crowd?: Crowd | undefined },
    attempt: { refresh: boolean; wider: readonly AccessScope[]; alone: boolean },
  ): Promise<Proof | { refused: HttpResponse }> {
    if (mode.kind === "unknown" || mode.kind === "open") return {};
    const { repository } = scope;
    const { crowd, ...call } = options;
    const asked = async (): Promise<Credentials | undefined> =>
      await credentials(registry.host, { refresh: attempt.refresh, repository, ...call });
    // The function may know of no signal.
    const own = await untilCancelled(asked(), call);
    if (own !== undefined && "token" in own) return { header: `Bearer ${own.token}` };
    if (mode.kind === "basic") {
      if (own === undefined) throw unauthorized("needs a user name and a password");
      return { header: basicAuthorization(own) };
    }
    const scopes = [...scopesOf(scope), ...attempt.wider] as const;
    const along = crowd === undefined ? undefined : () => crowd.others(repository);
    const purpose = { challenge: mode.challenge, repository, scopes, along, alone: attempt.alone };
    const grant = await tokens.get(purpose, call);
    return "refused" in grant ? grant : { header: `Bearer ${grant.known.token}`, given: grant };
  }

  function unauthorized(why: string): BayplanError {
    return new BayplanError("UNAUTHORIZED", `The registry ${registry.host} ${why}. Check the credentials.`, {
      status: 401,
    });
  }

  async function attempt<R extends Answered>(
    scope: Scope,
    perform: (authorization: string | undefined) => Promise<R>,
    options: CallOptions & { learnt?: () => void; crowd?: Crowd | undefined },
  ): Promise<R | HttpResponse> {
    const { learnt, ...call } = options;
    let refusedHeader: string | undefined;
    let wider: readonly AccessScope[] = [];
    let hasWaited = false;
    let hasLeft = false;
    let lastRound = 3;
    for (let round = 0; ; round += 1) {
      const proof = await prove(scope, call, { refresh: refusedHeader !== undefined, wider, alone: hasLeft });
      if ("refused" in proof) return proof.refused;
      if (refusedHeader !== undefined && proof.header === refusedHeader)
        throw unauthorized("does not accept the credentials");
      const response = await perform(proof.header);
      const { status } = response;
      const { given } = proof;
      if (given !== undefined && status < 300 && !isPage(response)) {
        if (tokens.prove(given)) call.crowd?.shown(scope.repository);
        // What a token for many did not open, its own one does: asking for many does not work here.
        if (hasLeft) tokens.giveUpBatches();
      }
      // What a store answers that we were redirected to says nothing about this registry.
      const isRefusal = [401, 403, 404].includes(status) && new URL(response.url).origin === registry.origin;
      const doubted = isRefusal && given !== undefined && tokens.isDoubtful(given) ? given : undefined;
      // The token was asked for together with others and may not be good for this repository: its own one will tell.
      const leave = (left: GivenToken): void => {
        hasLeft = true;
        lastRound = round + 4;
        tokens.leave(left);
        call.crowd?.leftAlone(scope.repository);
      };
      if (doubted !== undefined && status !== 401) {
        if (status === 404) await call.crowd?.wait(scope.repository, call);
        if (!tokens.isDoubtful(doubted)) return response;
        leave(doubted);
        continue;
      }
      if (status !== 401 || !isRefusal) {
        if (mode.kind === "unknown" && (status < 400 || status === 404)) mode = { kind: "open" };
        return response;
      }
      const challenges = parseChallenges(response.headers.getAll("www-authenticate"));
      mode = chooseMode(challenges, registry, mode);
      // Those who wait need only the challenge, not our token and answer as well.
      learnt?.();
      const { error, scope: wanted } = challenges.find(({ scheme }) => scheme === "bearer")?.parameters ?? {};
      const isTooEarly = error === "invalid_token" && !hasWaited;
      if (doubted !== undefined && (round >= 2 || (tokens.isCurrent(doubted) && !isTooEarly))) {
        leave(doubted);
        continue;
      }
      if (round >= lastRound) return response;
      if (proof.header === undefined) continue;
      if (given === undefined) {
        refusedHeader = proof.header;
        continue;
      }
      const missing = error === "insufficient_scope" && wider.length === 0 ? parseScopes(wanted) : [];
      if (!coversScopes(scopesOf(scope), missing)) wider = missing;
      else if (!tokens.isCurrent(given) || (given.cached && doubted === undefined)) tokens.forget(given);
      else if (isTooEarly) {
        // Made this moment and called invalid: the clock of the registry is behind that of the token endpoint.
        hasWaited = true;
        await clock.sleep(clockSkewWaitMs, call);
      }
      // A token made for exactly this request, and not yet over, is refused: the registry does not want to show this.
      else return response;
    }
  }

  async function send<R extends Answered>(
    scope: Scope,
    perform: (authorization: string | undefined) => Promise<R>,
    options: CallOptions & { crowd?: Crowd },
  ): Promise<R | HttpResponse> {
    if (mode.kind !== "unknown") return await attempt(scope, perform, options);
    // The first request finds out how to authenticate; the others wait for it instead of collecting a 401 each. They
    // wait once: behind a host that does not answer, one after the other would each wait out its own retries.
    if (learning !== undefined) {
      await untilCancelled(learning, options);
      return await attempt(scope, perform, options);
    }
    const { promise, resolve } = deferred<void>();
    learning = promise;
    const learnt = (): void => {
      if (learning === promise) learning = undefined;
      resolve();
    };
    try {
      return await attempt(scope, perform, { ...options, learnt });
    } finally {
      learnt();
    }
  }

  return {
    send,
    within: (crowd) => ({ send: (scope, perform, options) => send(scope, perform, { ...options, crowd }) }),
  };
}

function scopesOf({ repository, actions, from }: Scope): readonly [AccessScope, ...AccessScope[]] {
  const own = repositoryScope(repository, actions);
  return from === undefined ? [own] : [own, repositoryScope(from, "pull")];
}
