import { BayplanError } from "../errors.ts";
import type { GitRef, GitRefs } from "./git-refs.ts";

/** How a listing is read. */
export interface LsRemoteOptions {
  /** Refs read before the answer counts as incomplete. Default 100,000. */
  readonly maxRefs?: number;
  /**
   * Whether the listing has a `^{}` line behind every annotated tag, as `git ls-remote` prints it. Default true. Say
   * `false` for `git ls-remote --refs`: whether a tag is annotated, and its commit, are then unknown.
   */
  readonly hasPeeled?: boolean;
}

const line = /^([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)$/;
const peeledMark = "^{}";

/**
 * Reads what `git ls-remote <url>` prints. It asks the server, so a shallow clone without tags answers the same.
 *
 * @throws BayplanError `INVALID_INPUT` with the number of the first line that is none of such a listing.
 * @see https://git-scm.com/docs/git-ls-remote
 */
export function parseLsRemote(text: string, options: LsRemoteOptions = {}): GitRefs {
  const { maxRefs = 100_000, hasPeeled = true } = options;
  const found = new Map<string, { readonly object: string; readonly commit?: string }>();
  let isComplete = true;
  let number = 0;
  for (const raw of linesOf(text)) {
    number += 1;
    if (raw === "" || raw.startsWith("ref: ")) continue;
    const [, object, name] = line.exec(raw) ?? [];
    if (object === undefined || name === undefined)
      throw invalid(number, "an object name, a tab and a ref are expected");
    if (name.endsWith(peeledMark)) {
      const tag = name.slice(0, -peeledMark.length);
      const tagged = found.get(tag);
      if (tagged === undefined) throw invalid(number, "it peels a tag that is not listed before it");
      found.set(tag, { object: tagged.object, commit: object });
      continue;
    }
    if (found.has(name)) throw invalid(number, "the ref was listed before");
    if (found.size >= maxRefs) {
      isComplete = false;
      break;
    }
    found.set(name, { object });
  }
  const refs = [...found].map(([name, { object, commit }]): GitRef => {
    const kind = name.startsWith("refs/heads/") ? "branch" : name.startsWith("refs/tags/") ? "tag" : "other";
    if (kind !== "tag") return { name, kind, object, commit: object, annotated: false };
    if (commit !== undefined) return { name, kind, object, commit, annotated: true };
    return { name, kind, object, commit: hasPeeled ? object : undefined, annotated: hasPeeled ? false : undefined };
  });
  return { refs, isComplete };
}

function* linesOf(text: string): Generator<string> {
  for (let position = 0; position < text.length; ) {
    const end = text.indexOf("\n", position);
    const stop = end < 0 ? text.length : end;
    yield text.slice(position, text[stop - 1] === "\r" && stop > position ? stop - 1 : stop);
    position = stop + 1;
  }
}

// The line itself is not shown: a "From https://user:token@host" may stand there.
function invalid(number: number, why: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `Line ${number} is not one of "git ls-remote": ${why}.`);
}
