import { BayplanError, type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import { createSharedWork } from "@bayplan/runtime";
import type { Credentials } from "./credentials.ts";
import { toCredentials } from "./docker-config.ts";
import { parseJsonBody } from "./json-body.ts";
import { HelperAnswer } from "./schema.ts";

/** How helpers are run. */
interface CredentialHelperOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A question to a helper. */
interface HelperQuestion {
  /** The part after `docker-credential-`. */
  readonly helper: string;
  /** The name of the registry as the helper knows it. */
  readonly server: string;
  /** Where the helper is named, for messages. */
  readonly source: string;
}

/** Asks credential helpers, and remembers what they said. */
export interface CredentialHelpers {
  /** `undefined`: the helper knows no credentials for this server. */
  get(question: HelperQuestion, options: CallOptions): Promise<Credentials | undefined>;
  forget(): void;
}

type Answer = { readonly credentials: Credentials | undefined } | { readonly error: unknown };

const keptMs = 3_600_000;
// A locked keychain may be opened by the user at any moment; asked a thousand times it stays locked.
const negativeKeptMs = 5_000;
const maxOutputBytes = 64 * 1024;

/**
 * Runs `docker-credential-<helper> get`. Its output is bounded and never shown: it is secrets.
 *
 * @see https://github.com/docker/docker-credential-helpers
 */
export function createCredentialHelpers(options: CredentialHelperOptions): CredentialHelpers {
  const answers = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();
  const shared = createSharedWork<Answer>();
  return {
    async get(question, call) {
      const key = `${question.helper} ${question.server}`;
      const known = answers.get(key);
      const nowMs = instantToMs(options.clock.now());
      const answer =
        known !== undefined && nowMs < known.untilMs
          ? known.answer
          : await shared(key, (inner) => run(question, options, inner), call);
      if (answer !== known?.answer) {
        const isPositive = "credentials" in answer && answer.credentials !== undefined;
        answers.set(key, { answer, untilMs: nowMs + (isPositive ? keptMs : negativeKeptMs) });
      }
      if ("error" in answer) throw answer.error;
      return answer.credentials;
    },
    forget: () => answers.clear(),
  };
}

async function run(question: HelperQuestion, options: CredentialHelperOptions, call: CallOptions): Promise<Answer> {
  const { helper, server, source } = question;
  const failed = (code: "INVALID_INPUT" | "UNAUTHORIZED" | "TIMEOUT", why: string): Answer => {
    const name = `docker-credential-${helper.slice(0, 60)}`;
    return { error: new BayplanError(code, `${name}, named in ${source}, gave no credentials for ${server}: ${why}.`) };
  };
  if (!/^[\w.-]{1,60}$/.test(helper)) return failed("INVALID_INPUT", "this is not the name of a helper");
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    const { signal } = call;
    const limits = { timeout: options.timeoutMs, maxBuffer: maxOutputBytes, windowsHide: true } as const;
    const settings = { ...limits, env: { ...options.env }, encoding: "buffer", ...(signal && { signal }) } as const;
    const child = execFile(`docker-credential-${helper}`, ["get"], settings, (error, stdout, stderr) => {
      if (error === null)
        return resolve(read(stdout) ?? failed("INVALID_INPUT", "its output is not what helpers print"));
      // Helpers say this on either channel, with exit status 1.
      if (/credentials not found/i.test(`${stdout.subarray(0, 4096)}${stderr.subarray(0, 4096)}`))
        return resolve({ credentials: undefined });
      if (error.code === "ENOENT") return resolve(failed("INVALID_INPUT", "it is not installed"));
      if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
        return resolve(failed("INVALID_INPUT", "it prints too much"));
      if (error.killed === true) return resolve(failed("TIMEOUT", `it did not end within ${options.timeoutMs} ms`));
      resolve(failed("UNAUTHORIZED", `it failed (${error.code ?? error.signal}). Run it by hand to see why`));
    });
    // A helper that does not read its input closes the pipe; its exit tells.
    child.stdin?.on("error", () => {});
    child.stdin?.end(server);
  });
}

function read(stdout: Buffer): Answer | undefined {
  const parsed = HelperAnswer.safeParse(parseJsonBody(stdout));
  if (!parsed.success) return undefined;
  const { Username, Secret } = parsed.data;
  return { credentials: Secret === "" ? undefined : toCredentials(Username, Secret) };
}
