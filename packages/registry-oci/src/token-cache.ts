import { type Clock, instantToMs } from "@bayplan/core";
import { type AccessScope, coversScopes } from "./scope.ts";

/** A token and what it is known to be good for. */
export interface KnownToken {
  readonly token: string;
  readonly scopes: readonly AccessScope[];
  /** Where it is found: the key of each repository it was asked for. */
  readonly keys: readonly string[];
  readonly expiresMs: number;
  /** Those of the keys it was asked for together with others, and of which no answer has yet shown that it opens them. */
  readonly doubted: Set<string>;
}

/** Tokens until they expire. */
export interface TokenCache {
  /** One that is good for these scopes; rather one without a doubt. */
  find(key: string, scopes: readonly AccessScope[]): KnownToken | undefined;
  keep(known: KnownToken): void;
  /** Whether it is there and, by our clock, not over. */
  isCurrent(known: KnownToken): boolean;
  /** Forgets it under one key, or without a key under all. */
  forget(known: KnownToken, key?: string): void;
}

const maxKeys = 10_000;

/** An empty cache. */
export function createTokenCache(clock: Clock): TokenCache {
  const byKey = new Map<string, readonly KnownToken[]>();
  const nowMs = (): number => instantToMs(clock.now());

  function drop(known: KnownToken, key: string): void {
    const left = byKey.get(key)?.filter((other) => other !== known) ?? [];
    if (left.length === 0) byKey.delete(key);
    else byKey.set(key, left);
  }

  return {
    find(key, scopes) {
      const now = nowMs();
      const fit = byKey.get(key)?.filter((one) => one.expiresMs > now && coversScopes(one.scopes, scopes)) ?? [];
      return fit.find((one) => !one.doubted.has(key)) ?? fit[0];
    },
    keep(known) {
      if (byKey.size >= maxKeys) byKey.clear();
      const now = nowMs();
      for (const key of known.keys) {
        // What the new one covers is never needed again, if the new one is sure to do.
        const others = (byKey.get(key) ?? []).filter(
          (other) => other.expiresMs > now && (known.doubted.has(key) || !coversScopes(known.scopes, other.scopes)),
        );
        byKey.set(key, [...others, known]);
      }
    },
    isCurrent: (known) =>
      known.expiresMs > nowMs() && known.keys.some((key) => byKey.get(key)?.includes(known) === true),
    forget(known, key) {
      for (const one of key === undefined ? known.keys : [key]) drop(known, one);
    },
  };
}
