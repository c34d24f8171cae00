import { type Clock, instantToMs } from "@bayplan/core";

/** The mirrors of a host that are worth asking now. */
export interface Mirrors {
  /** API hosts, the first to be asked first. */
  of(registry: string): readonly string[];
  /** A mirror failed: it is left out for a minute. */
  failed(mirror: string): void;
}

const leftOutMs = 60_000;

/** Knows which mirrors there are, and which of them failed a moment ago. */
export function createMirrors(configured: Readonly<Record<string, readonly string[]>>, clock: Clock): Mirrors {
  const untilMs = new Map<string, number>();
  const isWell = (mirror: string): boolean => {
    const until = untilMs.get(mirror);
    return until === undefined || until <= instantToMs(clock.now());
  };
  return {
    of: (registry) => (Object.hasOwn(configured, registry) ? (configured[registry] ?? []) : []).filter(isWell),
    failed: (mirror) => {
      untilMs.set(mirror, instantToMs(clock.now()) + leftOutMs);
    },
  };
}
