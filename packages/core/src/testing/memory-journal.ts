import type { Journal, JournalEntry } from "../ports/journal.ts";

/** A journal that keeps its entries in memory. */
export interface MemoryJournal extends Journal {
  readonly entries: readonly JournalEntry[];
}

/** An empty one. */
export function createMemoryJournal(): MemoryJournal {
  const entries: JournalEntry[] = [];
  return {
    entries,
    async append(entry) {
      entries.push(entry);
    },
  };
}
