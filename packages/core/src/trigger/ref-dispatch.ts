import { BayplanError } from "../errors.ts";
import { parseGitRefName } from "./git-ref-name.ts";
import { isZeroSha, parseFullSha } from "./git-sha.ts";

/** A `repository_dispatch`, in the words of GitHub's API; `repository` names whom to send it to. */
export interface RepositoryDispatch {
  readonly repository: string;
  readonly event_type: string;
  readonly client_payload: Readonly<Record<string, string>>;
}

/** Whom a moved ref is told to. */
export interface RefDispatchTarget {
  /** `owner/name`. */
  readonly repository: string;
  /** What the receiving workflow lists under `types`. */
  readonly eventType: string;
  /** Put before each key of the payload, for example `relay_`. Default none. */
  readonly prefix?: string;
  /** Digits of the short sha. Default 7. */
  readonly shortLength?: number;
  /** More keys, as they are. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** The ref that moved. */
export interface MovedRef {
  /** Short name of the branch or tag. */
  readonly ref: string;
  /** The commit, in full; of an annotated tag the commit behind it. */
  readonly sha: string;
  /** Sent along when given. */
  readonly kind?: "branch" | "tag";
}

const repositoryName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{1,100}$/;
const prefixName = /^[A-Za-z][A-Za-z0-9_]{0,50}$/;

/**
 * The `repository_dispatch` that tells another Git repository of a ref: `{prefix}ref`, `{prefix}sha`,
 * `{prefix}sha_short` and, where known, `{prefix}ref_type`. {@link receiveRef} reads it there.
 *
 * @throws BayplanError `INVALID_INPUT` when a part is not what it should be, or more than GitHub takes: 10 keys, 64 KiB.
 * @see https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export function createRefDispatch(target: RefDispatchTarget, moved: MovedRef): RepositoryDispatch {
  const { repository, eventType, prefix = "", shortLength = 7, extra = {} } = target;
  if (!repositoryName.test(repository)) throw invalid("repository", repository, "owner/name");
  if (eventType.trim() === "" || eventType.length > 100) throw invalid("event type", eventType, "1 to 100 characters");
  if (prefix !== "" && !prefixName.test(prefix)) throw invalid("prefix", prefix, "letters, digits and _");
  if (!Number.isInteger(shortLength) || shortLength < 4 || shortLength > 40) {
    throw invalid("length of the short sha", String(shortLength), "a whole number from 4 to 40");
  }
  const sha = parseFullSha(moved.sha, "commit of the ref");
  // What a deletion says instead of a commit.
  if (isZeroSha(sha)) throw invalid("commit", sha, "one that exists");
  const own: Readonly<Record<string, string>> = {
    [`${prefix}ref`]: parseGitRefName(moved.ref),
    [`${prefix}sha`]: sha,
    [`${prefix}sha_short`]: sha.slice(0, shortLength),
    ...(moved.kind === undefined ? {} : { [`${prefix}ref_type`]: moved.kind }),
  };
  const taken = Object.keys(extra).find((key) => Object.hasOwn(own, key));
  if (taken !== undefined) throw invalid("further key", taken, "a key that the ref does not use itself");
  const payload = { ...own, ...extra };
  if (Object.keys(payload).length > 10)
    throw invalid("payload", `${Object.keys(payload).length} keys`, "at most 10 keys");
  if (new TextEncoder().encode(JSON.stringify(payload)).length >= 65_535) {
    throw invalid("payload", "more", "less than 64 KiB as JSON");
  }
  return { repository, event_type: eventType, client_payload: payload };
}

function invalid(what: string, found: string, expected: string): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `The ${what} of the dispatch is ${JSON.stringify(found.slice(0, 100))}; ${expected} is expected.`,
  );
}
