import { BayplanError, type CallOptions, type Clock } from "@bayplan/core";
import { type HttpHeaders, type HttpResponse, untilCancelled } from "@bayplan/runtime";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicAuthorization, type CredentialsFunction } from "./credentials.ts";
import { type AccessScope, coversScopes, parseScopes, repositoryScope } from "./scope.ts";
import { type BearerChallenge, parseRealm } from "./token-endpoint.ts";
import type { TokenSource } from "./token-source.ts";

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

type Mode =
  | { readonly kind: "unknown" }
  | { readonly kind: "open" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly challenge: BearerChallenge };

interface Proof {
  readonly header?: string;
  /** A token that was given for the caller's credentials. */
  readonly token?: string;
  /** Whether it was there before this request, and may have been revoked meanwhile. */
  readonly isCached?: boolean;
}

// https://github.com/moby/moby/issues/22158
const clockSkewWaitMs = 1_000;

/** A session for one host. How it authenticates is learnt from its first 401 and then used without being asked. */
export function createSession(
  registry: URL,
  dependencies: { tokens: TokenSource; credentials: CredentialsFunction; clock: Clock },
): Session {
  const { tokens, credentials, clock } = dependencies;
  let mode: Mode = { kind: "unknown" };
  let learning: Promise<void> | undefined;

  async function prove(
    scope: Scope,
    options: CallOptions,
    attempt: { refresh: boolean; wider: readonly AccessScope[] },
  ): Promise<Proof | { refused: HttpResponse }> {
    if (mode.kind === "unknown" || mode.kind === "open") return {};
    const { repository } = scope;
    const given = await credentials(registry.host, { refresh: attempt.refresh, repository, ...options });
    if (given !== undefined && "token" in given) return { header: `Bearer ${given.token}` };
    if (mode.kind === "basic") {
      if (given === undefined) throw unauthorized("needs a user name and a password");
      return { header: basicAuthorization(given) };
    }
    const scopes = [...scopesOf(scope), ...attempt.wider] as const;
    const grant = await tokens.get({ challenge: mode.challenge, repository, scopes }, options);
    if ("refused" in grant) return grant;
    return { header: `Bearer ${grant.token}`, token: grant.token, isCached: grant.cached };
  }

  function unauthorized(why: string): BayplanError {
    return new BayplanError("UNAUTHORIZED", `The registry ${registry.host} ${why}. Check the credentials.`, {
      status: 401,
    });
  }

  async function attempt<R extends Answered>(
    scope: Scope,
    perform: (authorization: string | undefined) => Promise<R>,
    options: CallOptions & { learnt?: () => void },
  ): Promise<R | HttpResponse> {
    let refusedHeader: string | undefined;
    let wider: readonly AccessScope[] = [];
    let hasWaited = false;
    for (let round = 0; ; round += 1) {
      const proof = await prove(scope, options, { refresh: refusedHeader !== undefined, wider });
      if ("refused" in proof) return proof.refused;
      if (refusedHeader !== undefined && proof.header === refusedHeader)
        throw unauthorized("does not accept the credentials");
      const response = await perform(proof.header);
      // A 401 of a store that we were redirected to says nothing about this registry.
      if (response.status !== 401 || new URL(response.url).origin !== registry.origin) {
        if (mode.kind === "unknown" && (response.status < 400 || response.status === 404)) mode = { kind: "open" };
        return response;
      }
      const challenges = parseChallenges(response.headers.getAll("www-authenticate"));
      mode = chooseMode(challenges, registry, mode);
      // Those who wait need only the challenge, not our token and answer as well.
      options.learnt?.();
      if (round >= 3) return response;
      if (proof.header === undefined) continue;
      if (proof.token === undefined) {
        refusedHeader = proof.header;
        continue;
      }
      const { error, scope: wanted } = challenges.find(({ scheme }) => scheme === "bearer")?.parameters ?? {};
      const missing = error === "insufficient_scope" && wider.length === 0 ? parseScopes(wanted) : [];
      if (!coversScopes(scopesOf(scope), missing)) wider = missing;
      else if (proof.isCached === true || !tokens.isCurrent(proof.token)) tokens.forget(proof.token);
      else if (error === "invalid_token" && !hasWaited) {
        // Made this moment and called invalid: the clock of the registry is behind that of the token endpoint.
        hasWaited = true;
        await clock.sleep(clockSkewWaitMs, options);
      }
      // A token made for exactly this request, and not yet over, is refused: the registry does not want to show this.
      else return response;
    }
  }

  return {
    async send(scope, perform, options) {
      if (mode.kind !== "unknown") return await attempt(scope, perform, options);
      // The first request finds out how to authenticate; the others wait for it instead of collecting a 401 each. They
      // wait once: behind a host that does not answer, one after the other would each wait out its own retries.
      if (learning !== undefined) {
        await untilCancelled(learning, options);
        return await attempt(scope, perform, options);
      }
      const { promise, resolve } = deferred();
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
    },
  };
}

function scopesOf({ repository, actions, from }: Scope): readonly [AccessScope, ...AccessScope[]] {
  const own = repositoryScope(repository, actions);
  return from === undefined ? [own] : [own, repositoryScope(from, "pull")];
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

// Bearer first: it keeps the password away from the registry, and is the only one that serves the anonymous.
function chooseMode(challenges: readonly Challenge[], registry: URL, current: Mode): Mode {
  const bearer = challenges.find((challenge) => challenge.scheme === "bearer" && "realm" in challenge.parameters);
  if (bearer !== undefined) {
    const { realm, service } = bearer.parameters;
    const challenge = { realm: parseRealm(realm, registry), ...(service === undefined ? {} : { service }) };
    return { kind: "bearer", challenge };
  }
  if (challenges.some((challenge) => challenge.scheme === "basic")) return { kind: "basic" };
  // No challenge at all: a registry that had one before still means the same.
  if (current.kind === "bearer" || current.kind === "basic") return current;
  throw new BayplanError(
    "UNAUTHORIZED",
    `The registry ${registry.host} refuses access and offers no way to authenticate that is understood (Basic or Bearer).`,
    { status: 401 },
  );
}
