import { spawn } from "node:child_process";
import { once } from "node:events";
import type { StepOutcome } from "@bayplan/core";

/** A process that executes a plan. */
export interface StartedChild {
  /** Kills it as nothing can be caught, and waits until it is gone. */
  kill(): Promise<void>;
  /** When it is gone. */
  readonly ended: Promise<ChildEnd>;
}

/** What is left of a process. */
export interface ChildEnd {
  /** `SIGKILL`, `SIGABRT` where it did not come to an end, or `undefined` where it ended by itself. */
  readonly signal: string | undefined;
  /** Outcomes that it told, in their order; of a killed process the last may be missing. */
  readonly outcomes: readonly StepOutcome[];
  /** How the execution ended; absent where it did not. */
  readonly state?: string;
  /** What it wrote to standard error. */
  readonly errors: string;
}

/** Longer than any execution takes, on any machine: one that waits for something that never comes ends there. */
const longestLifeMs = 90_000;

/** Starts one on a task that lies in a file. */
export function startChild(programme: string, taskFile: string): StartedChild {
  const child = spawn(process.execPath, [programme, taskFile], { stdio: ["pipe", "pipe", "pipe"] });
  let told = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const exited = once(child, "exit");
  const late = setTimeout(() => child.kill("SIGABRT"), longestLifeMs);
  void exited.then(() => clearTimeout(late));
  const ended = once(child, "close").then(([, signal]: readonly unknown[]): ChildEnd => {
    // A line that a killed process did not end is not one.
    const lines = told
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as StepOutcome & { readonly state: string });
    const last = lines.at(-1);
    const outcomes = lines.filter((line) => line.step !== undefined);
    const state = last !== undefined && last.step === undefined ? { state: last.state } : {};
    return { signal: typeof signal === "string" ? signal : undefined, outcomes, ...state, errors };
  });
  return {
    ended,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
