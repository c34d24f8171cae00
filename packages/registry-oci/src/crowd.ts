import type { CallOptions } from "@bayplan/core";
import { untilCancelled } from "@bayplan/runtime";
import { deferred } from "./deferred.ts";

/** Requests to one host that were announced together, so that their repositories may share tokens. */
export interface Crowd {
  /** Other repositories with requests to come, in their order; none when sharing does not pay here. */
  others(repository: string): readonly string[];
  /**
   * Waits until something is `shown` of the repository. Ends as well when all its requests wait, because then nothing
   * will be.
   */
  wait(repository: string, options: CallOptions): Promise<void>;
  /** An answer has shown that the shared token opens the repository. */
  shown(repository: string): void;
  /** The repository took a token of its own to find out. */
  leftAlone(repository: string): void;
}

/** What the one who announced the requests tells. */
interface CrowdOptions {
  /** How many requests there will be, by repository, in their order. */
  readonly requests: ReadonlyMap<string, number>;
  /** A request waits for others and should not hold up any. */
  readonly onWait: () => void;
  readonly onGoOn: () => void;
}

interface Member {
  open: number;
  state: "open" | "shown" | "alone";
  readonly waiting: Set<() => void>;
}

// A token of its own costs a request, and so does asking again with it. After that many more repositories that needed
// it than not (nothing exists yet, for example), the others get theirs at once.
const maxLoss = 10;

/** A crowd; `answered` is to be called at the end of each request. */
export function createCrowd(options: CrowdOptions): Crowd & { answered(repository: string): void } {
  const members = new Map<string, Member>();
  for (const [name, open] of options.requests) members.set(name, { open, state: "open", waiting: new Set() });
  let loss = 0;

  function wake(member: Member): void {
    for (const goOn of member.waiting) goOn();
    member.waiting.clear();
  }

  function settle(repository: string, state: "shown" | "alone"): void {
    const member = members.get(repository);
    if (member === undefined) return;
    if (member.state === "open") loss += state === "alone" ? 1 : -1;
    member.state = state;
    wake(member);
  }

  return {
    others(repository) {
      if (loss >= maxLoss) return [];
      return [...members].flatMap(([name, { open }]) => (open > 0 && name !== repository ? [name] : []));
    },
    async wait(repository, call) {
      const member = members.get(repository);
      if (member === undefined) return;
      const { promise, resolve } = deferred<void>();
      const goOn = () => resolve();
      member.waiting.add(goOn);
      options.onWait();
      if (member.waiting.size >= member.open) wake(member);
      try {
        await untilCancelled(promise, call);
      } finally {
        member.waiting.delete(goOn);
        options.onGoOn();
      }
    },
    shown: (repository) => settle(repository, "shown"),
    leftAlone: (repository) => settle(repository, "alone"),
    answered(repository) {
      const member = members.get(repository);
      if (member === undefined) return;
      member.open -= 1;
      if (member.waiting.size >= member.open) wake(member);
    },
  };
}
