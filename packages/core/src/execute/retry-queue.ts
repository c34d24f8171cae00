import { addMs, type Instant, instantToMs } from "../instant.ts";

/** What is known of earlier attempts at a build that is still to be done. */
export interface PastAttempts {
  /** How many there were. */
  readonly attempts: number;
  /** When the last of them began or ended. Absent: nothing is waited for. */
  readonly lastAt?: Instant;
}

/** What a queue is made by. */
export interface RetryQueueOptions<Build> {
  readonly now: Instant;
  readonly attemptsOf: (build: Build) => PastAttempts;
  /** Hours to wait after so many attempts, the first number after none; the last one repeats. Default {@link backoffHours}. */
  readonly backoffHours?: readonly number[];
}

/** Builds to start now, and those that must still wait. */
export interface RetryQueue<Build> {
  /** Fewest attempts first; within one number in the order given. */
  readonly queue: readonly Build[];
  /** In the order given, each with the time from which on it may start. */
  readonly waiting: readonly { readonly build: Build; readonly until: Instant }[];
}

/** Hours between attempts: the second one follows at once, since most failures pass; then ever later. */
export const backoffHours: readonly number[] = [0, 0, 1, 2, 4, 8, 16, 32];

/**
 * Puts builds that may have failed before into an order: what must still wait is left out, and what fails again and
 * again sinks behind fresh work.
 */
export function retryQueue<Build>(builds: readonly Build[], options: RetryQueueOptions<Build>): RetryQueue<Build> {
  const queue: { readonly build: Build; readonly attempts: number }[] = [];
  const waiting: { readonly build: Build; readonly until: Instant }[] = [];
  for (const build of builds) {
    const past = options.attemptsOf(build);
    const until = retryAt(past, options.backoffHours);
    if (until === undefined || instantToMs(until) <= instantToMs(options.now))
      queue.push({ build, attempts: past.attempts });
    else waiting.push({ build, until });
  }
  queue.sort((left, right) => left.attempts - right.attempts);
  return { queue: queue.map(({ build }) => build), waiting };
}

/** From when on a build may be tried again; `undefined` where it may at any time. */
export function retryAt(past: PastAttempts, hours: readonly number[] = backoffHours): Instant | undefined {
  const wait = hours[Math.max(0, Math.min(past.attempts, hours.length - 1))] ?? 0;
  return wait <= 0 || past.lastAt === undefined ? undefined : addMs(past.lastAt, wait * 60 * 60_000);
}
