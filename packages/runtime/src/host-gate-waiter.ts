import { BayplanError } from "@bayplan/core";
import { listenForAbort } from "./abort-listeners.ts";
import type { WaitingLine } from "./host-gate-line.ts";

/** The call that waits at a gate. */
export interface GateWait {
  /** Milliseconds left for the whole call, after that many more of waiting on the clock (default 0). */
  leftMs(alsoWaitedMs?: number): number;
  /** That many were waited on the clock. */
  waited(durationMs: number): void;
  /** For messages: method and redacted URL. */
  doing(): string;
  readonly signal: AbortSignal | undefined;
}

/** A call in the line of a gate. */
export interface Waiter {
  readonly slots: 0 | 1;
  readonly wait: GateWait;
  /** How much of the host's pauses was over when it came, in milliseconds. */
  readonly pausedBeforeMs: number;
  pass(): void;
  refuse(error: unknown): void;
}

const longestTimerMs = 2_147_483_647;

/**
 * Waits at the end of the line until it is told to pass or refused.
 *
 * @throws BayplanError `CANCELLED` as soon as its signal aborts, `TIMEOUT` when the call's time is over.
 */
export function waitInLine(
  line: WaitingLine<Waiter>,
  who: Pick<Waiter, "slots" | "wait" | "pausedBeforeMs">,
  { host, onGone }: { readonly host: string; readonly onGone: () => void },
): Promise<void> {
  const { wait } = who;
  const { signal } = wait;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      leave();
      clearTimeout(timer);
      stopListening?.();
      onGone();
    };
    const refuse = (error: unknown): void => {
      end();
      reject(error);
    };
    const pass = (): void => {
      end();
      resolve();
    };
    const cancel = (): void => {
      refuse(new BayplanError("CANCELLED", `${wait.doing()} was cancelled.`, { cause: signal?.reason }));
    };
    const expire = (): void => {
      const why = `its time was over before ${host} had room for it`;
      refuse(new BayplanError("TIMEOUT", `${wait.doing()} was not sent: ${why}. Try again later.`));
    };
    const leave = line.join({ ...who, pass, refuse });
    // Real time, like the watchdog's: what the line waits for is sockets. Only pauses are on the clock.
    const timer = setTimeout(expire, Math.min(longestTimerMs, Math.max(0, Math.ceil(wait.leftMs()))));
    const stopListening = signal === undefined ? undefined : listenForAbort(signal, cancel);
  });
}
