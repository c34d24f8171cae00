import type { Clock, Digest } from "@bayplan/core";
import { type ContainerRegistry, createContainerRegistry, type RegistryLimit } from "./container-registry.ts";
import { type GhcrQuirk, usualGhcrQuirks } from "./ghcr-quirk.ts";
import { gitHubRefusal } from "./github-answer.ts";
import { answerPackages, isPackagesPath } from "./package-endpoints.ts";
import { createPackageStore, type SimulatedPackageVersion } from "./package-store.ts";
import type { SimulatedPackageToken } from "./package-token.ts";
import type { GitHubAddresses } from "./repository-document.ts";

/** How the packages of a simulated GitHub behave. */
export interface SimulatedPackagesOptions {
  /** Accounts by login. */
  readonly owners: Readonly<Record<string, "Organization" | "User">>;
  /** What may be done with which token, by the token itself. */
  readonly tokens: Readonly<Record<string, SimulatedPackageToken>>;
  /** Packages (`owner/name`) that everybody may pull. Default none. */
  readonly publicPackages?: readonly string[];
  /** Most tags on one page of the registry, whatever is asked for; without a question for more, 100. Default 10,000. */
  readonly tagPageSize?: number;
  /** Replaces `usualGhcrQuirks`. */
  readonly quirks?: readonly GhcrQuirk[];
}

/** The packages of a simulated GitHub. Names are `owner/name` in lower case. */
export interface SimulatedPackages {
  /** Newest first; nothing where there is no such package. */
  versions(name: string): readonly SimulatedPackageVersion[];
  setVisibility(name: string, visibility: "public" | "private"): void;
  setDownloads(name: string, digest: Digest, downloads: number): void;
  /** Answers the next requests for a page of the versions of a package as they would be answered now. */
  freezeLists(name: string, requests: number): void;
  /** Answers the next requests to the registry with a rate limit. */
  limitRegistry(limit?: RegistryLimit): void;
}

/** Packages and the two doors to them. */
export interface GitHubPackages {
  readonly packages: SimulatedPackages;
  readonly registry: Pick<ContainerRegistry, "answer">;
  /** Answers the REST API; `undefined` where the path is not one of packages or accounts. */
  answerRest(
    request: Request,
    at: { readonly url: URL; readonly path: string; readonly at: GitHubAddresses },
  ): Promise<Response> | undefined;
}

/** Container packages: what was pushed to the registry is listed, deleted and restored through the REST API. */
export function createGitHubPackages(options: SimulatedPackagesOptions, clock: Clock): GitHubPackages {
  const { quirks = usualGhcrQuirks, tagPageSize = 10_000 } = options;
  const tokens = new Map(Object.entries(options.tokens));
  const open = new Set((options.publicPackages ?? []).map((name) => name.toLowerCase()));
  const store = createPackageStore(clock);
  const isPublic = (name: string): boolean => open.has(name);
  const registry = createContainerRegistry({
    store,
    clock,
    tokens,
    isPublic,
    has: (quirk) => quirks.includes(quirk),
    pageSize: tagPageSize,
  });

  function tokenOf(request: Request): SimulatedPackageToken {
    const given = request.headers.get("authorization");
    if (given === null) throw gitHubRefusal(401, "Requires authentication");
    const token = tokens.get(/^(?:bearer|token) (.+)$/i.exec(given)?.[1] ?? "");
    if (token === undefined) throw gitHubRefusal(401, "Bad credentials");
    return token;
  }

  return {
    registry,
    packages: {
      versions: (name) => store.versions(name),
      setVisibility(name, visibility) {
        if (visibility === "public") open.add(name);
        else open.delete(name);
      },
      setDownloads: (name, digest, downloads) => store.setDownloads(name, digest, downloads),
      freezeLists: (name, requests) => store.freeze(name, requests),
      limitRegistry: (limit = {}) => registry.limit(limit),
    },
    answerRest(request, { url, path, at }) {
      if (!isPackagesPath(path)) return undefined;
      const ownerOf = (login: string) =>
        Object.entries(options.owners).find(([own]) => own.toLowerCase() === login.toLowerCase());
      return answerPackages({ request, url, path, at, token: tokenOf(request), store, ownerOf, isPublic });
    },
  };
}
