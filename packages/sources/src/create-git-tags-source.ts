import { BayplanError, type BayplanErrorCode, type CallOptions, type Clock, type VersionSource } from "@bayplan/core";
import { redactText, systemClock } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { type GitProtocol, type GitRemote, parseGitRemote } from "./git-remote.ts";
import { rightsOf } from "./http-page-reader.ts";
import { badOption, bearer, checkCount } from "./read-json.ts";
import { runGit } from "./run-git.ts";
import type { SourceCaching } from "./source-cache.ts";
import type { SourceRow } from "./source-page.ts";

/** Whose tags {@link createGitTagsSource} lists, and how Git reaches them. */
export interface GitTagsSourceOptions extends SourceCaching {
  /** For example `https://github.com/python/cpython.git` or `ssh://git@example.com/o/n`. */
  readonly repository: string;
  /** Only tags that begin so, for example `v3.14.`. Default all. */
  readonly prefix?: string;
  /** What `repository` may begin with. Default `["https", "ssh"]`. */
  readonly protocols?: readonly GitProtocol[];
  /** For https: the password beside the user `x-access-token`, for exactly this origin. Default what Git is configured to use. */
  readonly token?: string;
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Longest output of Git, in bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Default `git-tags:<repository>`, with the prefix after another colon. */
  readonly id?: string;
  /** For the age of listings and the time limit. Default the computer's clock. */
  readonly clock?: Clock;
}

/**
 * The tags of a Git repository, as `git ls-remote` gives them: by name, without dates. `commit` is that of an annotated
 * tag, not the tag object. Git itself must be there; it asks nobody, and reads nothing but references. A repository without any reference is an error, since Git takes many a
 * wrong answer for one.
 *
 * Listing throws `NOT_FOUND`, `UNAUTHORIZED` (also for what does not exist, where a host does not say so), `DENIED`,
 * `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID`, `UNSUPPORTED` without Git, or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://git-scm.com/docs/git-ls-remote
 */
export function createGitTagsSource(options: GitTagsSourceOptions): VersionSource {
  const { repository, prefix = "", token, clock = systemClock, protocols = ["https", "ssh"] } = options;
  const remote = parseGitRemote(repository, protocols);
  if (!/^(?!-)[\w./+@=-]{0,200}$/.test(prefix)) throw badOption("prefix", "the beginning of a tag's name");
  const limits = {
    timeoutMs: checkCount("timeoutMs", options.timeoutMs ?? 60_000),
    maxBytes: checkCount("maxBytes", options.maxBytes ?? 64 * 1024 * 1024),
  };
  const { authorization } = bearer(token);
  const env = environment(remote, token);
  const doing = `Listing the tags of ${repository}`;
  // Version 0 answers in one request, and is what every server speaks. After `--` nothing is taken for an option.
  const args = ["-c", "protocol.version=0", "ls-remote", "--", remote.url, "HEAD", `refs/tags/${prefix}*`];

  async function readTags(call: CallOptions): Promise<readonly SourceRow[]> {
    const { exitCode, stdout, stderr } = await runGit(args, { doing, env, clock, ...limits, ...call });
    if (exitCode !== 0) throw complaint(stderr, { doing, token, url: remote.url });
    return parseTags(stdout, doing).filter(({ raw }) => raw.startsWith(prefix));
  }

  return createPagedSource(
    {
      id: options.id ?? ["git-tags", repository, ...(prefix === "" ? [] : [prefix])].join(":"),
      doing,
      first: remote.url,
      maxPages: 1,
      revalidates: false,
      keyedBy: [prefix, rightsOf(authorization).keyedBy ?? ""].join(" "),
      readPage: async (_, call) => ({ rows: await readTags(call) }),
    },
    options,
  );
}

function environment({ protocol, origin }: GitRemote, token: string | undefined): Readonly<Record<string, string>> {
  const env = {
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_SSH_COMMAND: process.env["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
  };
  if (token === undefined) return env;
  if (origin === undefined) throw badOption("token", "left out, except for https");
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  // After those that the caller's environment may have.
  const first = Number(process.env["GIT_CONFIG_COUNT"] ?? 0);
  return {
    ...env,
    GIT_CONFIG_COUNT: String(first + 2),
    [`GIT_CONFIG_KEY_${first}`]: `http.${origin}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${first}`]: `Authorization: Basic ${basic}`,
    // The header would go along with a redirect.
    [`GIT_CONFIG_KEY_${first + 1}`]: "http.followRedirects",
    [`GIT_CONFIG_VALUE_${first + 1}`]: "false",
  };
}

/** Lines of `<object> TAB refs/tags/<name>`, an annotated tag's commit on another one with `^{}`. */
function parseTags(stdout: string, doing: string): readonly SourceRow[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  // Git takes a page to log in for a very old server without references, and says nothing. A repository has a HEAD.
  if (lines.length === 0) {
    const message = `${doing} failed: Git found no reference at all. The repository is empty, or something else answered.`;
    throw new BayplanError("RESPONSE_INVALID", message);
  }
  const commits = new Map<string, string>();
  for (const line of lines) {
    const found = /^([0-9a-f]{40}(?:[0-9a-f]{24})?)\t([^\s^]+)(\^\{\})?$/.exec(line);
    if (found === null)
      throw new BayplanError("RESPONSE_INVALID", `${doing} failed: Git gave a line that is no reference.`);
    const [, object = "", ref = "", peeled] = found;
    const name = ref.replace(/^refs\/tags\//, "");
    if (name !== ref && (peeled !== undefined || !commits.has(name))) commits.set(name, object);
  }
  return [...commits].map(([raw, commit]) => ({ raw, commit }));
}

// Git has one exit code for everything: what went wrong is only in its sentence.
const complaints: readonly (readonly [RegExp, BayplanErrorCode])[] = [
  [/returned error: 429|rate.?limit|too many requests/i, "RATE_LIMITED"],
  [
    /could not read (?:username|password)|authentication failed|invalid credentials|returned error: 401|permission denied \(/i,
    "UNAUTHORIZED",
  ],
  [/returned error: 403|access denied|not authorized/i, "DENIED"],
  [
    /returned error: 404|repository .{0,300}not found|does not appear to be a git repository|repository does not exist/i,
    "NOT_FOUND",
  ],
  [
    /not valid: is this a git repository|bad line length|protocol error|unexpected flush|invalid .{0,40}packet|unable to update url base/i,
    "RESPONSE_INVALID",
  ],
];

function complaint(
  stderr: string,
  { doing, token, url }: { doing: string; token: string | undefined; url: string },
): BayplanError {
  // An address may contain the words that are looked for.
  const sentence = stderr.replaceAll(url, "");
  const code = complaints.find(([pattern]) => pattern.test(sentence))?.[1] ?? "UNAVAILABLE";
  const said = redactText(token === undefined ? stderr : stderr.replaceAll(token, "***"));
  return new BayplanError(code, `${doing} failed: Git says "${said}".`);
}
