import { ecrRefusal, invalidParameter } from "./ecr-answer.ts";
import type { EcrQuirk } from "./ecr-quirk.ts";
import type { EcrRepositories } from "./ecr-repositories.ts";

/** What every action of the JSON API works with. */
export interface EcrCallContext {
  readonly repositories: EcrRepositories;
  readonly accountId: string;
  readonly region: string;
  /** Most entries on one page, whatever the client asks for. */
  readonly pageSize: number;
  readonly nowMs: () => number;
  readonly has: (quirk: EcrQuirk) => boolean;
  /** Refuses with `AccessDeniedException` unless the caller may do that, too. */
  readonly demand: (action: string, resource: string) => void;
}

/** The document of a call. */
export type EcrInput = Readonly<Record<string, unknown>>;

/** Answers one action with its document. */
export type EcrAction = (context: EcrCallContext, input: EcrInput) => Promise<unknown> | unknown;

/** The name of the repository that a call is about; refuses another account's registry and names that are none. */
export function repositoryNameIn(context: EcrCallContext, input: EcrInput): string {
  const { registryId, repositoryName } = input;
  if (registryId !== undefined && registryId !== context.accountId) {
    // As AWS does: who is not told of another account's repositories is not told that they do not exist.
    throw ecrRefusal("AccessDeniedException", `User is not authorized to access the registry ${String(registryId)}`);
  }
  const pattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
  if (typeof repositoryName === "string" && repositoryName.length <= 256 && pattern.test(repositoryName)) {
    return repositoryName;
  }
  throw invalidParameter("repositoryName", `must satisfy regular expression '${pattern.source}'`);
}

/** One page of entries in the order of their keys, and the token of the next. */
export function cutEcrPage<Entry>(
  entries: ReadonlyMap<string, Entry>,
  input: EcrInput,
  pageSize: number,
): { readonly page: readonly Entry[]; readonly nextToken?: string } {
  const { maxResults = 100, nextToken } = input;
  if (typeof maxResults !== "number" || maxResults < 1) {
    throw invalidParameter("maxResults", "Member must have value greater than or equal to 1");
  }
  if (maxResults > 1000) throw invalidParameter("maxResults", "Member must have value less than or equal to 1000");
  const last = nextToken === undefined ? undefined : Buffer.from(String(nextToken), "base64url").toString("utf8");
  if (last !== undefined && !last.startsWith(tokenPrefix)) {
    throw ecrRefusal("InvalidParameterException", "The specified parameter is invalid: nextToken");
  }
  const rest = [...entries]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .filter(([key]) => last === undefined || key > last.slice(tokenPrefix.length));
  const cut = rest.slice(0, Math.min(maxResults, pageSize));
  const end = cut.at(-1);
  const page = cut.map(([, entry]) => entry);
  if (end === undefined || cut.length === rest.length) return { page };
  return { page, nextToken: Buffer.from(`${tokenPrefix}${end[0]}`).toString("base64url") };
}

const tokenPrefix = "after:";
