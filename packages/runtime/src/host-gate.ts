import { BayplanError, type Clock, throwIfCancelled } from "@bayplan/core";
import { type Concurrency, createAdaptiveLimit } from "./host-gate-limit.ts";
import { createWaitingLine } from "./host-gate-line.ts";
import { createHostPause } from "./host-gate-pause.ts";
import { type GateWait, type Waiter, waitInLine } from "./host-gate-waiter.ts";

/** How a request ended, as far as it tells something about the host. */
export type HostOutcome = "good" | "overloaded" | "unknown";

/** How the gates of a client let requests pass. */
export interface GateSettings {
  readonly concurrency: Concurrency;
  /** Nobody waits longer than that for a pause. */
  readonly maxRetryAfterMs: number;
  readonly clock: Clock;
}

/** What all who speak to one host share: how many may at once, and the pause that the host asked for. */
export interface HostGate {
  /** Whether the host has answered: a connection to it may be an idle one that it has just closed. */
  hasAnswered: boolean;
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** What `leave` wants to know of the time of entering. */
  readonly window: number;
  /** Passes at once where a slot is free and nobody waits. With 0 slots it passes in its turn and takes none. */
  tryEnter(slots: 0 | 1): boolean;
  /**
   * Passes in its turn.
   *
   * @throws BayplanError `CANCELLED`; `TIMEOUT` when the call's time is over; `RATE_LIMITED` (after a 503
   * `UNAVAILABLE`) at once, with `retryAfterMs`, when the host's pause is longer than the call may wait.
   */
  enter(slots: 0 | 1, wait: GateWait): Promise<void>;
  /** Gives the slots back. `began`: the window of the time of entering. */
  leave(slots: 0 | 1, began: number, outcome: HostOutcome): void;
  /** The host answered with that status that it wants no requests for so long. */
  pause(durationMs: number, status: number): void;
  /** Nobody passes any more; who waits gets `CANCELLED`. */
  close(): void;
}

/** A gate with nobody in flight. */
export function createHostGate(host: string, settings: GateSettings): HostGate {
  const limit = createAdaptiveLimit(settings.concurrency);
  const pause = createHostPause(settings.clock);
  const line = createWaitingLine<Waiter>();
  let inFlight = 0;
  let isClosed = false;
  let sleeping: AbortController | undefined;

  function tryEnter(slots: 0 | 1): boolean {
    if (inFlight >= limit.current || line.length > 0 || pause.isOn || isClosed) return false;
    inFlight += slots;
    return true;
  }

  function admit(): void {
    while (inFlight < limit.current && !pause.isOn) {
      const next = line.next();
      if (next === undefined) return;
      inFlight += next.slots;
      next.wait.waited(pause.askedMs - next.pausedBeforeMs);
      next.pass();
    }
  }

  function refusal(wait: GateWait, waitedMs: number): BayplanError | undefined {
    if (isClosed) return new BayplanError("CANCELLED", `${wait.doing()} was given up: the HTTP client was closed.`);
    const pauseMs = pause.remainingMs();
    if (pauseMs === 0 || (pauseMs <= settings.maxRetryAfterMs && pauseMs < wait.leftMs(waitedMs))) return undefined;
    const code = pause.status === 503 ? "UNAVAILABLE" : "RATE_LIMITED";
    const why = `${host} asked for no requests for another ${pauseMs} ms`;
    return new BayplanError(code, `${wait.doing()} was not sent: ${why}. Try again later.`, { retryAfterMs: pauseMs });
  }

  // One sleep for all who wait, and none for nobody: its timer would keep the process alive.
  function sleepOut(): void {
    if (sleeping !== undefined || line.length === 0 || !pause.isOn) return;
    const control = new AbortController();
    sleeping = control;
    pause.sleep({ signal: control.signal }).then(
      () => {
        if (sleeping !== control) return;
        sleeping = undefined;
        admit();
        sleepOut();
      },
      (error: unknown) => {
        if (sleeping !== control) return;
        sleeping = undefined;
        for (const waiter of line) waiter.refuse(error);
      },
    );
  }

  function stopSleepingForNobody(): void {
    if (line.length > 0) return;
    const control = sleeping;
    sleeping = undefined;
    control?.abort();
  }

  return {
    hasAnswered: false,
    get limit() {
      return limit.current;
    },
    get inFlight() {
      return inFlight;
    },
    get waiting() {
      return line.length;
    },
    get window() {
      return limit.window;
    },
    tryEnter,
    async enter(slots, wait) {
      throwIfCancelled(wait.signal);
      const pauseMs = pause.remainingMs();
      // That may have noticed the end of a pause: whoever came before goes first.
      admit();
      if (tryEnter(slots)) return;
      const refused = refusal(wait, 0);
      if (refused !== undefined) throw refused;
      const waiting = waitInLine(
        line,
        { slots, wait, pausedBeforeMs: pause.askedMs - pauseMs },
        { host, onGone: stopSleepingForNobody },
      );
      sleepOut();
      await waiting;
    },
    leave(slots, began, outcome) {
      if (outcome === "good") limit.succeeded(began, slots === 1 && inFlight >= limit.current);
      else if (outcome === "overloaded") limit.failed(began);
      inFlight -= slots;
      if (line.length > 0) admit();
    },
    pause(durationMs, status) {
      if (isClosed || !pause.ask(durationMs, status)) return;
      const pausedMs = pause.askedMs - pause.remainingMs();
      for (const waiter of line) {
        const refused = refusal(waiter.wait, pausedMs - waiter.pausedBeforeMs);
        if (refused !== undefined) waiter.refuse(refused);
      }
      sleepOut();
    },
    close() {
      isClosed = true;
      for (const waiter of line) waiter.refuse(refusal(waiter.wait, 0));
    },
  };
}
