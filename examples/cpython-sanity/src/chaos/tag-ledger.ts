import type { Digest } from "@bayplan/core";
import type { EmbeddedRegistry } from "@bayplan/testkit";

/** An image that somebody pushed. */
export interface KnownImage {
  readonly image: string;
  /** With the variant, as the exact tag has it. Absent: somebody else's, of no version. */
  readonly version?: string;
  /** What it is built on. */
  readonly base?: Digest;
  /** It was published before the run. */
  readonly isFromBefore?: true;
}

/** What a reader was told of a tag; without a digest, that it is not there. */
export interface Sight {
  readonly digest?: Digest;
  readonly atMs: number;
  /** How often the reader has written the tag since. */
  readonly writes: number;
}

/** One thing that happened to a tag. */
export interface LedgerEntry {
  readonly atMs: number;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly from?: Digest;
  readonly to?: Digest;
  /** Who wrote it. */
  readonly actor: string;
  /** What that actor was told of the tag last. */
  readonly seen?: Sight;
}

/** Everything that happened to the tags of all registries, and who did it: what the last state does not tell. */
export interface TagLedger {
  readonly entries: readonly LedgerEntry[];
  readonly images: Map<Digest, KnownImage>;
  /** Listens to a registry from now on. */
  watch(host: string, registry: EmbeddedRegistry): void;
  /**
   * Notes that a write of an actor is on its way; gives what to call when it has been answered. One that was answered
   * with 401 never reached the tag.
   */
  writing(actor: string, reference: string): (status?: number) => void;
  /** Notes what an actor was told of a tag. */
  saw(actor: string, reference: string, digest: Digest | undefined): void;
}

/** An empty ledger. References are written `host/repository:tag`. */
export function createTagLedger(nowMs: () => number): TagLedger {
  const entries: LedgerEntry[] = [];
  const writers = new Map<string, string[]>();
  const sights = new Map<string, Sight>();
  return {
    entries,
    images: new Map(),
    watch(host, registry) {
      registry.onTagChange((change) => {
        const reference = `${host}/${change.repository}:${change.tag}`;
        const actor = writers.get(reference)?.at(-1) ?? "nobody";
        const seen = sights.get(`${actor} ${reference}`);
        entries.push({ atMs: nowMs(), registry: host, actor, ...change, ...(seen === undefined ? {} : { seen }) });
      });
    },
    writing(actor, reference) {
      const writing = writers.get(reference) ?? [];
      writers.set(reference, [...writing, actor]);
      const count = (more: number) => {
        const sight = sights.get(`${actor} ${reference}`);
        if (sight !== undefined) sights.set(`${actor} ${reference}`, { ...sight, writes: sight.writes + more });
      };
      count(1);
      return (status) => {
        if (status === 401) count(-1);
        const left = [...(writers.get(reference) ?? [])];
        left.splice(left.indexOf(actor), 1);
        writers.set(reference, left);
      };
    },
    saw(actor, reference, digest) {
      const sight = { atMs: nowMs(), writes: 0, ...(digest === undefined ? {} : { digest }) };
      sights.set(`${actor} ${reference}`, sight);
    },
  };
}
