import { execFile } from "node:child_process";
import { BayplanError, type CallOptions, throwIfCancelled } from "@bayplan/core";

/** What `git` answered. */
export interface GitAnswer {
  readonly isOk: boolean;
  readonly text: string;
}

const maxBytes = 16 * 1024 * 1024;
const timeoutMs = 60_000;

/**
 * Runs `git` in a clone, without a shell, without asking anybody and without pager, hooks or file-system monitor.
 * Throws `UNAVAILABLE` when there is no git or it took too long, `RESPONSE_INVALID` for an answer of over 16 MB.
 */
export function runGit(cwd: string, args: readonly string[], { signal }: CallOptions): Promise<GitAnswer> {
  throwIfCancelled(signal);
  const safe = [
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "log.showSignature=false",
  ];
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: maxBytes, timeout: timeoutMs, encoding: "utf8" as const };
    execFile("git", [...safe, ...args], { ...options, ...(signal === undefined ? {} : { signal }) }, (error, text) => {
      if (error === null) return resolve({ isOk: true, text });
      if (signal?.aborted) return reject(new BayplanError("CANCELLED", "Git was stopped.", { cause: signal.reason }));
      if (typeof error.code === "number") return resolve({ isOk: false, text });
      const isLong = String(error.code) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER";
      reject(
        isLong
          ? new BayplanError(
              "RESPONSE_INVALID",
              `Git's answer is longer than ${maxBytes} bytes. Ask for fewer commits.`,
            )
          : new BayplanError(
              "UNAVAILABLE",
              "Git could not be run, or took over a minute. Is it installed, and is the directory there?",
            ),
      );
    });
  });
}
