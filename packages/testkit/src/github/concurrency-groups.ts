import type { Instant } from "@bayplan/core";
import type { SimulatedConcurrency } from "./simulated-workflow.ts";

/** A run that wants to hold a group. */
export interface GroupMember {
  readonly runId: number;
  /** Asks for its end: of the run that holds the group, or of one that waits. */
  cancel(): void;
}

/** One group that is held by somebody. */
export interface ConcurrencyGroup {
  /** As its first member wrote it. */
  readonly name: string;
  readonly lastAcquiredAt: Instant;
  /** The one that holds it, then those that wait, in their order. */
  readonly members: readonly GroupMember[];
}

/** The concurrency groups of all Git repositories. */
export interface ConcurrencyGroups {
  /**
   * Takes a place in a group; `onHeld` is called, at once or later, when the group is held. By GitHub's rule the one that
   * waits is replaced, the one that runs is not unless `cancelInProgress` says so.
   */
  enter(place: GroupPlace, onHeld: () => void): void;
  /** Gives the place up, waiting or holding; the next one holds the group. */
  leave(gitRepository: string, group: string, runId: number): void;
  /** In the order of their first use. */
  active(gitRepository: string): readonly ConcurrencyGroup[];
}

/** A place in a group. */
export interface GroupPlace {
  readonly gitRepository: string;
  readonly concurrency: SimulatedConcurrency;
  readonly member: GroupMember;
}

interface Waiting {
  readonly member: GroupMember;
  readonly onHeld: () => void;
}

interface Group {
  readonly name: string;
  readonly gitRepository: string;
  lastAcquiredAt: Instant;
  holder: GroupMember | undefined;
  waiting: readonly Waiting[];
}

const longestQueue = 100;

/**
 * Keeps them.
 *
 * @see https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */
export function createConcurrencyGroups(now: () => Instant): ConcurrencyGroups {
  const groups = new Map<string, Group>();

  const idOfGroup = (gitRepository: string, name: string): string => `${gitRepository}\n${name}`.toLowerCase();

  function hold(group: Group, { member, onHeld }: Waiting): void {
    group.holder = member;
    group.lastAcquiredAt = now();
    onHeld();
  }

  return {
    enter({ gitRepository, concurrency, member }, onHeld) {
      const { group: name, queue = "single", cancelInProgress = false } = concurrency;
      const id = idOfGroup(gitRepository, name);
      const group: Group = groups.get(id) ?? {
        name,
        gitRepository,
        lastAcquiredAt: now(),
        holder: undefined,
        waiting: [],
      };
      groups.set(id, group);
      const place = { member, onHeld };
      if (group.holder === undefined) return hold(group, place);
      if (queue === "max" && !cancelInProgress) {
        if (group.waiting.length >= longestQueue) return member.cancel();
        group.waiting = [...group.waiting, place];
        return;
      }
      const replaced = group.waiting;
      group.waiting = [place];
      for (const one of replaced) one.member.cancel();
      if (cancelInProgress) group.holder.cancel();
    },
    leave(gitRepository, name, runId) {
      const id = idOfGroup(gitRepository, name);
      const group = groups.get(id);
      if (group === undefined) return;
      group.waiting = group.waiting.filter(({ member }) => member.runId !== runId);
      if (group.holder?.runId !== runId) return;
      group.holder = undefined;
      const [next, ...rest] = group.waiting;
      group.waiting = rest;
      if (next === undefined) groups.delete(id);
      else hold(group, next);
    },
    active: (gitRepository) =>
      [...groups.values()]
        .filter((group) => group.gitRepository === gitRepository)
        .map(({ name, lastAcquiredAt, holder, waiting }) => ({
          name,
          lastAcquiredAt,
          members: [...(holder === undefined ? [] : [holder]), ...waiting.map(({ member }) => member)],
        })),
  };
}
