import type { Digest } from "@bayplan/core";
import { applyChange, type Change } from "./change.ts";
import type { RepositoryContents } from "./content-store.ts";

/** When something happened: after how many requests, and at which time. */
export interface Moment {
  readonly requests: number;
  readonly ms: number;
}

/** What happened to repositories, for answers from the past. */
export interface History {
  /** Notes how to undo a change that has just happened; `created` where the repository was not there before. */
  note(repository: string, undo: Change, options?: { readonly created: boolean }): void;
  /** Keeps the bytes of a manifest that is being deleted. */
  keep(repository: string, digest: Digest, bytes: Uint8Array): void;
  kept(repository: string, digest: Digest): Uint8Array | undefined;
  /** The repository without the changes that are too late; `undefined` when its creation is one. */
  rewind(
    repository: string,
    contents: RepositoryContents,
    isTooLate: (moment: Moment) => boolean,
  ): RepositoryContents | undefined;
}

/** Remembers every change from now on. */
export function createHistory(now: () => Moment): History {
  const notes: { repository: string; undo: Change; created: boolean; moment: Moment }[] = [];
  const deleted = new Map<string, Uint8Array>();
  return {
    note(repository, undo, options = { created: false }) {
      notes.push({ repository, undo, created: options.created, moment: now() });
    },
    keep: (repository, digest, bytes) => void deleted.set(`${repository}@${digest}`, bytes),
    kept: (repository, digest) => deleted.get(`${repository}@${digest}`),
    rewind(repository, { manifests, tags, alsoBlobs }, isTooLate) {
      const past = { manifests: new Map(manifests), tags: new Map(tags), alsoBlobs: new Set(alsoBlobs) };
      for (const note of notes.toReversed()) {
        if (!isTooLate(note.moment)) break;
        if (note.repository !== repository) continue;
        if (note.created) return undefined;
        applyChange(past, note.undo);
      }
      return past;
    },
  };
}
