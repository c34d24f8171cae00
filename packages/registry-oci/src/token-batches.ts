import { type Clock, instantToMs } from "@bayplan/core";
import { type AccessScope, fittingScopes, maxScopes, repositoryScope } from "./scope.ts";
import type { BearerChallenge } from "./token-endpoint.ts";

/** A repository and where its tokens are kept. */
export interface TokenSeat {
  readonly repository: string;
  readonly key: string;
  readonly scope: AccessScope;
}

/** Repositories that one token is asked for. */
export interface TokenBatch {
  /** Different for each batch. */
  readonly id: string;
  readonly challenge: BearerChallenge;
  /** Who needs a token now, first: some servers honour only the first scope. */
  readonly leader: TokenSeat;
  readonly others: readonly TokenSeat[];
  /** Keys of those that turned out to have the leader's credentials. */
  readonly joined: Set<string>;
}

/** Decides which repositories ask for a token together. */
export interface TokenBatches {
  /** The batch in which a token for this key is being asked for. */
  underWay(key: string): TokenBatch | undefined;
  /** Begins a batch of the repository and of those others that can join it; `undefined` when none can. */
  begin(
    order: {
      readonly challenge: BearerChallenge;
      readonly repository: string;
      readonly along: () => readonly string[];
    },
    hasToken: (seat: TokenSeat) => boolean,
  ): TokenBatch | undefined;
  end(batch: TokenBatch): void;
  /** The repository asks alone. Default for an hour. */
  leaveAlone(key: string, forMs?: number): void;
  /** Begins no more batches: endpoint or registry does not keep to them. */
  giveUp(): void;
}

const maxRemembered = 10_000;

/** The batches of one token source. */
export function createTokenBatches(clock: Clock): TokenBatches {
  const pending = new Map<string, TokenBatch>();
  const aloneUntilMs = new Map<string, number>();
  let hasGivenUp = false;
  let count = 0;

  function isAlone(key: string): boolean {
    const untilMs = aloneUntilMs.get(key);
    return untilMs !== undefined && untilMs > instantToMs(clock.now());
  }

  return {
    underWay: (key) => (isAlone(key) ? undefined : pending.get(key)),
    begin({ challenge, repository, along }, hasToken) {
      const leader = seatOf(challenge, repository);
      if (hasGivenUp || isAlone(leader.key)) return undefined;
      const free: TokenSeat[] = [];
      for (const other of along()) {
        if (free.length === maxScopes - 1) break;
        const seat = seatOf(challenge, other);
        const isOut = seat.key === leader.key || pending.has(seat.key) || isAlone(seat.key) || hasToken(seat);
        if (!isOut) free.push(seat);
      }
      const others = free.slice(0, fittingScopes([leader, ...free].map((seat) => seat.scope)).length - 1);
      if (others.length === 0) return undefined;
      count += 1;
      const batch = { id: `batch ${count}`, challenge, leader, others, joined: new Set<string>() };
      for (const seat of [leader, ...others]) pending.set(seat.key, batch);
      return batch;
    },
    end(batch) {
      for (const { key } of [batch.leader, ...batch.others]) if (pending.get(key) === batch) pending.delete(key);
    },
    leaveAlone(key, forMs = 3_600_000) {
      if (aloneUntilMs.size >= maxRemembered) aloneUntilMs.clear();
      aloneUntilMs.set(key, instantToMs(clock.now()) + forMs);
    },
    giveUp() {
      hasGivenUp = true;
    },
  };
}

/** Where the tokens for a resource are kept. */
export function tokenKey({ realm, service }: BearerChallenge, resource: string): string {
  return `${realm.href} ${service} ${resource}`;
}

function seatOf(challenge: BearerChallenge, repository: string): TokenSeat {
  const scope = repositoryScope(repository, "pull");
  return { repository, scope, key: tokenKey(challenge, scope.resource) };
}
