import {
  BayplanError,
  type CallOptions,
  type Digest,
  formatRepository,
  type Instant,
  isBayplanError,
  isDigest,
  isInstant,
  parseInstant,
  type RepositoryName,
} from "@bayplan/core";
import { createSharedWork } from "@bayplan/runtime";
import { upperCase } from "./ghcr-access.ts";
import type { GitHubApi } from "./github-api.ts";
import type { Doing } from "./github-refusal.ts";
import { AccountDocument, VersionDocument, VersionPage } from "./schema.ts";

/** GitHub Packages' name for a stored manifest. */
export interface PackageVersion {
  readonly id: number;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly createdAt?: Instant;
}

/** The versions of container packages, by repository. A package that is not there or not shown is `NOT_FOUND`. */
export interface Packages {
  /** Newest first, as GitHub gives them; each once. Throws rather than end early. */
  pages(repository: RepositoryName, call: CallOptions): AsyncGenerator<readonly PackageVersion[]>;
  /** All of them, read anew. */
  all(repository: RepositoryName, call: CallOptions): Promise<readonly PackageVersion[]>;
  /** One version as it is now; `undefined` if there is none. */
  read(repository: RepositoryName, id: number, call: CallOptions): Promise<PackageVersion | undefined>;
  /** Versions that were deleted and can still be restored. */
  deleted(repository: RepositoryName, call: CallOptions): Promise<readonly PackageVersion[]>;
  /** `not-found` is also what GitHub answers to those who may not. */
  remove(repository: RepositoryName, id: number, call: CallOptions): Promise<"removed" | "not-found">;
  restore(repository: RepositoryName, id: number, call: CallOptions): Promise<void>;
}

interface PackagePath {
  /** `/orgs/octo`, `/users/octocat` or `/user`. */
  readonly base: string;
  readonly name: string;
}

/** The REST API of GitHub Packages. Whether an owner is an organisation is asked once. */
export function createPackages(api: GitHubApi): Packages {
  const kinds = new Map<string, "orgs" | "users">();
  const shared = createSharedWork<"orgs" | "users">();

  async function kindOf(owner: string, call: CallOptions): Promise<"orgs" | "users"> {
    const known = kinds.get(owner);
    if (known !== undefined) return known;
    const doing = { what: `Looking up the account ${owner}`, permission: "read:packages" } as const;
    const ask = async (own: CallOptions): Promise<"orgs" | "users"> => {
      const call = { route: "GET /users/{owner}", parameters: { owner }, schema: AccountDocument, doing };
      const kind = (await api.call(call, own)).type === "Organization" ? "orgs" : "users";
      kinds.set(owner, kind);
      return kind;
    };
    return await shared(owner, ask, call);
  }

  async function pathOf(repository: RepositoryName, call: CallOptions): Promise<PackagePath> {
    const { owner, name } = packageOf(repository);
    return { base: `/${await kindOf(owner, call)}/${owner}`, name };
  }

  async function* list(
    repository: RepositoryName,
    from: PackagePath & { readonly state?: "deleted" },
    call: CallOptions,
  ): AsyncGenerator<readonly PackageVersion[]> {
    const doing = {
      what: `Listing the versions of ${formatRepository(repository)}`,
      permission: "read:packages",
    } as const;
    const { base, name, state } = from;
    const parameters = { package_name: name, ...(state === undefined ? {} : { state }) };
    const route = `GET ${base}/packages/container/{package_name}/versions`;
    const seen = new Set<number>();
    for await (const page of api.pages({ route, parameters, schema: VersionPage, doing }, call)) {
      // A push while pages are read shifts rows to the next page.
      const fresh = page.filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      yield fresh.map((version) => toVersion(version, doing));
    }
  }

  async function* pages(repository: RepositoryName, call: CallOptions) {
    yield* list(repository, await pathOf(repository, call), call);
  }

  return {
    pages,
    all: (repository, call) => collect(pages(repository, call)),
    async read(repository, id, call) {
      const { base, name } = await pathOf(repository, call);
      const doing = {
        what: `Reading version ${id} of ${formatRepository(repository)}`,
        permission: "read:packages",
      } as const;
      const route = `GET ${base}/packages/container/{package_name}/versions/{id}`;
      const parameters = { package_name: name, id };
      const version = await orNotFound(api.call({ route, parameters, schema: VersionDocument, doing }, call));
      return version === undefined ? undefined : toVersion(version, doing);
    },
    async deleted(repository, call) {
      return await collect(list(repository, { ...(await restorable(repository, call)), state: "deleted" }, call));
    },
    async remove(repository, id, call) {
      const { base, name } = await pathOf(repository, call);
      const doing = {
        what: `Deleting version ${id} of ${formatRepository(repository)}`,
        permission: "delete:packages",
      } as const;
      const route = `DELETE ${base}/packages/container/{package_name}/versions/{id}`;
      const sent = api.send({ route, parameters: { package_name: name, id }, doing }, call);
      const isFound = await orNotFound(sent.then(() => true));
      return isFound === undefined ? "not-found" : "removed";
    },
    async restore(repository, id, call) {
      const { base, name } = await restorable(repository, call);
      const doing = {
        what: `Restoring version ${id} of ${formatRepository(repository)}`,
        permission: "write:packages",
      } as const;
      const route = `POST ${base}/packages/container/{package_name}/versions/{id}/restore`;
      await api.send({ route, parameters: { package_name: name, id }, doing }, call);
    },
  };

  /** Of a user, deleted versions are shown to that user only, under another path. */
  async function restorable(repository: RepositoryName, call: CallOptions): Promise<PackagePath> {
    const path = await pathOf(repository, call);
    if (path.base.startsWith("/orgs/")) return path;
    const doing = { what: "Looking up whose token it is", permission: "write:packages" } as const;
    const { login } = await api.call({ route: "GET /user", parameters: {}, schema: AccountDocument, doing }, call);
    // Below that path stand the packages of whoever asks, which may have the same name.
    if (path.base === `/users/${login.toLowerCase()}`) return { ...path, base: "/user" };
    const message = `Restoring in ${formatRepository(repository)} needs a classic token of its owner, which this is not.`;
    throw new BayplanError("DENIED", message);
  }
}

/** `ghcr.io/octo/images/numpy` is the package `images/numpy` of `octo`. Throws `INVALID_REFERENCE` without an owner. */
function packageOf({ repository }: RepositoryName): { readonly owner: string; readonly name: string } {
  if (repository !== repository.toLowerCase()) throw upperCase(repository);
  const slash = repository.indexOf("/");
  if (slash <= 0) {
    throw new BayplanError("INVALID_REFERENCE", `"${repository}" names no package. Write owner/name.`);
  }
  // Octokit encodes a slash in the name; the owner stands in the route itself, where only these characters are safe.
  const owner = repository.slice(0, slash);
  if (!/^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/.test(owner)) {
    throw new BayplanError("INVALID_REFERENCE", `"${owner}" is not an account on GitHub.`);
  }
  return { owner, name: repository.slice(slash + 1) };
}

function toVersion(
  version: { id: number; name: string; created_at?: string | undefined; metadata?: unknown },
  doing: Doing,
): PackageVersion {
  const { id, name, created_at: created = "" } = version;
  if (!isDigest(name)) {
    const message = `${doing.what} failed: version ${id} has a name that is no digest. Is it a container package?`;
    throw new BayplanError("RESPONSE_INVALID", message);
  }
  const metadata = version.metadata as { container?: { tags: readonly string[] } } | undefined;
  const tags = metadata?.container?.tags;
  // A version without this field is not one without tags: nothing is known of them.
  if (tags === undefined) {
    throw new BayplanError("RESPONSE_INVALID", `${doing.what} failed: GitHub does not tell the tags of version ${id}.`);
  }
  return { id, digest: name, tags, ...(isInstant(created) ? { createdAt: parseInstant(created) } : {}) };
}

async function collect(pages: AsyncIterable<readonly PackageVersion[]>): Promise<readonly PackageVersion[]> {
  const all: PackageVersion[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/**
 * The error for somebody who knows that the package is there: GitHub's 404 is then a refusal, and must not be taken for
 * absence. Other errors as they are.
 */
export function hiddenIsDenied(error: unknown): unknown {
  if (!isBayplanError(error) || error.code !== "NOT_FOUND") return error;
  return new BayplanError("DENIED", error.message, error.status === undefined ? {} : { status: error.status });
}

async function orNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isBayplanError(error) && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
