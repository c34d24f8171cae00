import { BayplanError } from "../errors.ts";
import { parseGitRefName } from "./git-ref-name.ts";
import { isFullSha, isShaPrefix, isZeroSha } from "./git-sha.ts";

/** Where a value came from. */
export type ReceivedFrom = "payload" | "input" | "default";

/** The ref a run is to build. */
export interface ReceivedRef {
  /** Short name of a branch or tag, or a sha. */
  readonly ref: string;
  /** The commit that was named beside it, in lower case; maybe abbreviated when a person typed it. */
  readonly sha: string | undefined;
  /** What to check out: the commit where there is one, else the ref. */
  readonly checkoutRef: string;
  /** As the sender says. */
  readonly kind: "branch" | "tag" | undefined;
  readonly refFrom: ReceivedFrom;
  readonly shaFrom: ReceivedFrom | undefined;
  /** Whether ref and commit come from different places, so that nobody ever saw them together. */
  readonly isMixed: boolean;
}

/** Everything a run may have been told. Missing and empty values are the same: that is how workflows pass them. */
export interface RefSources {
  /** `client_payload` of a `repository_dispatch`. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Inputs of a manual run, by the same keys. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Built when nothing was said. */
  readonly defaultRef: string;
  /** Put before each key, for example `relay_`. Default none. */
  readonly prefix?: string;
}

/**
 * Reads which ref a run is to build: payload before input before default, for ref and commit alike. What was sent is
 * checked, as both end in commands. Whether the two belong together: `checkRefAgreement`.
 *
 * @throws BayplanError `INVALID_INPUT` when a value is not a ref or sha, or two of them contradict each other.
 */
export function receiveRef(sources: RefSources): ReceivedRef {
  const { payload = {}, inputs = {}, defaultRef, prefix = "" } = sources;
  const first = (key: string): readonly [string, ReceivedFrom] | undefined => {
    const sent = textOf(payload, prefix + key);
    if (sent !== undefined) return [sent, "payload"];
    const typed = textOf(inputs, prefix + key);
    return typed === undefined ? undefined : [typed, "input"];
  };
  const [ref, refFrom] = first("ref") ?? [defaultRef, "default"];
  parseGitRefName(ref, `${prefix}ref`);
  const [rawSha, shaFrom] = first("sha") ?? [];
  const sha = rawSha?.toLowerCase();
  if (sha !== undefined && (isZeroSha(sha) || (!isFullSha(sha) && !isShaPrefix(sha)))) {
    throw contradiction(`${prefix}sha`, sha, "the sha of a commit is expected");
  }
  if (sha !== undefined && isFullSha(ref) && !ref.toLowerCase().startsWith(sha)) {
    throw contradiction(`${prefix}sha`, sha, `the ref is another commit, ${ref}`);
  }
  const short = textOf(payload, `${prefix}sha_short`)?.toLowerCase();
  if (short !== undefined && shaFrom === "payload" && sha?.startsWith(short) !== true) {
    throw contradiction(`${prefix}sha_short`, short, `it is no beginning of ${sha}`);
  }
  const kind =
    refFrom === "default" ? undefined : textOf(refFrom === "payload" ? payload : inputs, `${prefix}ref_type`);
  if (kind !== undefined && kind !== "branch" && kind !== "tag") {
    throw contradiction(`${prefix}ref_type`, kind, '"branch" or "tag" is expected');
  }
  const isMixed = shaFrom !== undefined && shaFrom !== refFrom;
  return { ref, sha, checkoutRef: sha ?? ref, kind, refFrom, shaFrom, isMixed };
}

function textOf(values: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new BayplanError("INVALID_INPUT", `The value of ${key} is of the type ${typeof value}; a text is expected.`);
}

function contradiction(key: string, found: string, why: string): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `The value of ${key} is ${JSON.stringify(found.slice(0, 80))}: ${why.slice(0, 200)}.`,
  );
}
