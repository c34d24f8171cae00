import { type ChildProcess, spawn } from "node:child_process";
import { BayplanError, type CallOptions, type Clock, throwIfCancelled } from "@bayplan/core";

/** How Git is run. */
export interface RunGitOptions extends CallOptions {
  /** The beginning of sentences about failures. */
  readonly doing: string;
  /** Added to the environment of this process. Secrets belong here: arguments are for everybody to see. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Longest output. */
  readonly maxBytes: number;
}

/** What Git answered. */
export interface GitResult {
  /** 0 when it did what it was told. */
  readonly exitCode: number;
  readonly stdout: string;
  /** The beginning of what it complained about. */
  readonly stderr: string;
}

const maxComplaint = 4096;

/**
 * Runs Git without a shell, a terminal or a prompt, and ends it when it takes too long, says too much or is cancelled.
 *
 * @throws BayplanError `UNSUPPORTED` where there is no Git, `TIMEOUT`, `RESPONSE_INVALID` for too much output, `CANCELLED`.
 */
export async function runGit(args: readonly string[], options: RunGitOptions): Promise<GitResult> {
  const { doing, clock, timeoutMs, signal } = options;
  throwIfCancelled(signal);
  const over = new AbortController();
  const cancel = () => over.abort(new BayplanError("CANCELLED", `${doing} was cancelled.`, { cause: signal?.reason }));
  signal?.addEventListener("abort", cancel, { once: true });
  const timer = new AbortController();
  clock.sleep(timeoutMs, { signal: timer.signal }).then(
    () => over.abort(new BayplanError("TIMEOUT", `${doing} failed: Git did not end within ${timeoutMs} ms.`)),
    () => {},
  );
  try {
    return await run(args, over, options);
  } finally {
    signal?.removeEventListener("abort", cancel);
    timer.abort();
  }
}

function run(
  args: readonly string[],
  over: AbortController,
  { doing, env, maxBytes }: RunGitOptions,
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      env: { ...withoutRepository(process.env), ...quiet, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, to end its helpers too: one that waits for a server would outlive it.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const stdout: Buffer[] = [];
    let length = 0;
    let stderr = "";
    const resolved = (code: number | null) =>
      resolve({ exitCode: code ?? 128, stdout: Buffer.concat(stdout).toString("utf8"), stderr });
    const end = (): void => {
      endGroup(child);
      child.stdout.destroy();
      child.stderr.destroy();
      reject(over.signal.reason);
    };
    over.signal.addEventListener("abort", end, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.byteLength;
      stdout.push(chunk);
      if (length > maxBytes)
        over.abort(
          new BayplanError("RESPONSE_INVALID", `${doing} failed: the answer is longer than ${maxBytes} bytes.`),
        );
    });
    // A connection that ssh keeps for later holds this end open: after success nobody waits for it.
    child.stdout.on("end", () => {
      if (child.exitCode === 0) resolved(0);
      else child.once("exit", (code) => code === 0 && resolved(0));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < maxComplaint) stderr += chunk.toString("utf8").slice(0, maxComplaint);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code ?? "unknown";
      reject(new BayplanError("UNSUPPORTED", `${doing} failed: Git cannot be run (${why}). Install it.`));
    });
    child.on("close", resolved);
  });
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else child.kill();
  } catch {
    // It ended by itself meanwhile.
  }
}

// No question may wait for an answer that nobody gives, and complaints are read, so they must be in English.
const quiet: Readonly<Record<string, string>> = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  SSH_ASKPASS: "",
  GCM_INTERACTIVE: "never",
  LC_ALL: "C",
  LANGUAGE: "",
};

/** Hooks and other Git commands say which repository they are in; a remote one must not be read through it. */
function withoutRepository(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const local = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX|TRACE.*|CURL_VERBOSE)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !local.test(name)));
}
