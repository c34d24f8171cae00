import {
  BayplanError,
  type CallOptions,
  type Clock,
  type DigestReference,
  formatReference,
  formatRepository,
  type ManifestCache,
  type RegistryAdapter,
  type RepositoryName,
  type TagReference,
  tagReference,
} from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import {
  createDescriptorMemory,
  createHttpClient,
  createManifestCache,
  type FetchLike,
  type HttpClient,
  isLoopbackHost,
  systemClock,
} from "@bayplan/runtime";
import { deleteVersion } from "./delete-version.ts";
import { deleteVersions } from "./delete-versions.ts";
import { createSubjectSearch } from "./find-subjects.ts";
import { createGhcrAccess } from "./ghcr-access.ts";
import { createGitHubApi } from "./github-api.ts";
import { listInventory } from "./list-inventory.ts";
import { createPackages } from "./packages.ts";
import { rememberDescriptors } from "./remember-descriptors.ts";
import { resolveListed } from "./resolve-listed.ts";
import { restoreVersion } from "./restore-version.ts";
import { untag } from "./untag.ts";

/** How to reach GitHub's container registry. */
export interface GhcrRegistryOptions {
  /** A classic personal access token or `GITHUB_TOKEN`; fine-grained tokens are not accepted by it. Default anonymous. */
  readonly token?: string;
  /** Default `token`: the registry looks only at the token. */
  readonly username?: string;
  /** Default `ghcr.io`. */
  readonly host?: string;
  /**
   * `when-refused`: the token is sent as it is, in Base64, without asking the token endpoint; that is asked where the
   * registry refuses it, and used for the whole host once it proved to open more. `always`: only the token endpoint.
   * Default `when-refused`.
   */
  readonly exchange?: "when-refused" | "always";
  /**
   * What GitHub's REST API is used for, which needs a token. `none`: nothing, the adapter has no `inventory`,
   * `deleteManifest`, `untag` and `restore`. `read`: `inventory`, referrers, and lists for `resolveMany`, with
   * `read:packages`. `manage`: everything. Default `manage` with a token, `none` without, and where `host` is another one
   * than `ghcr.io` and no `apiUrl` says where its API is.
   */
  readonly packages?: "none" | "read" | "manage";
  /** GitHub's REST API. Default `https://api.github.com`; on GitHub Enterprise Server `https://<host>/api/v3`. */
  readonly apiUrl?: string;
  /** Default `2022-11-28`. */
  readonly apiVersion?: string;
  /** At most one change per second through the REST API, as GitHub asks for. Default `true`; off for simulators only. */
  readonly throttle?: boolean;
  /**
   * How many manifests are read at most to find the referrers of one, see {@link GhcrRegistry}. Each counts as a
   * download, once per cache. 0: none, only the fallback tag is looked at. Default 500.
   */
  readonly maxSubjectReads?: number;
  /** Manifests by digest. Default one in memory for this adapter alone. */
  readonly cache?: ManifestCache;
  /** Speak plain http to `host`, for simulators. Default only on this computer. */
  readonly insecure?: boolean;
  /** Replaces the built-in transport, also that of the REST API. Not together with `http`. */
  readonly fetch?: FetchLike;
  /** A client of your own, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

/**
 * An {@link OciRegistry} and what GitHub Packages add to it. With a token and `packages`:
 *
 * - `resolveMany` answers from GitHub's lists of versions where that is cheaper, with the digest alone unless more is known: see its page.
 * - `inventory` lists all versions with their tags and push times; `referrers` reads manifests to find what refers to one,
 *   beside the fallback tag: GitHub stores a `subject` and lists nothing.
 * - `deleteManifest` deletes a version by its id, `deleteManifests` many with one list; `untag` moves the tag to a dummy and deletes that.
 */
export type GhcrRegistry = Omit<OciRegistry, "resolveMany"> & {
  /** Without a token and `packages` each is asked of the registry itself. */
  readonly resolveMany: NonNullable<RegistryAdapter["resolveMany"]>;
  /**
   * Brings back a manifest that was deleted within the last 30 days; nothing where it is there. Throws `NOT_FOUND` when
   * GitHub has none to bring back, `DENIED` without Admin or `write:packages`, `CONFLICT`.
   */
  readonly restore?: (target: DigestReference, options?: CallOptions) => Promise<void>;
};

// Far more than one process writes before GitHub's lists have heard of it.
const maxWritten = 10_000;

/**
 * An adapter for `ghcr.io`.
 *
 * GHCR gives the same refusal for a package that is private and for one that does not exist, at the token endpoint as
 * well as at the registry: `resolve` answers `denied-or-absent` to both. `absent` is only what it says is not there to a
 * token that may look: `NAME_UNKNOWN` for the package, `MANIFEST_UNKNOWN` for the tag. A wrong or expired token is refused
 * in the same way, too. To tell it apart, a refused token request is asked once more without naming a package: refused
 * again throws `UNAUTHORIZED`, accepted means that the token is good.
 *
 * Octokit is loaded at the first use of the REST API.
 *
 * @throws BayplanError `INVALID_INPUT` for a host, a token or an address that is none.
 * @see https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
 */
export function createGhcrRegistry(options: GhcrRegistryOptions = {}): GhcrRegistry {
  const { token, username = "token", host = "ghcr.io", insecure = false, clock = systemClock } = options;
  // A registry elsewhere does not belong to github.com: its token is not sent there.
  const isHome = host === "ghcr.io" || options.apiUrl !== undefined;
  const use = options.packages ?? (token !== undefined && isHome ? "manage" : "none");
  const apiUrl = (options.apiUrl ?? "https://api.github.com").replace(/\/+$/, "");
  checkOptions({ ...options, apiUrl }, use);
  const own =
    options.http ??
    createHttpClient({
      clock,
      allowInsecure: insecure ? [host] : [],
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    });
  const access = createGhcrAccess(own, { host, token, username, exchange: options.exchange ?? "when-refused" });
  const cache = options.cache ?? (use === "none" ? undefined : createManifestCache());
  const descriptors = createDescriptorMemory(options.cache);
  const written = new Set<string>();
  const noteWritten = (reference: TagReference): void => {
    if (written.size >= maxWritten) written.clear();
    written.add(formatReference(reference));
  };
  const oci = rememberDescriptors(
    createOciRegistry({
      id: "ghcr",
      hosts: [host],
      denied: "denied-or-absent",
      // Deletion is an API of its own there; the distribution API answers UNSUPPORTED.
      deletes: false,
      tokenRefusal: "repository",
      insecureHosts: insecure ? [host] : [],
      http: access.http,
      clock,
      ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
      ...(cache === undefined ? {} : { cache }),
    }),
    { descriptors, noteWritten },
  );
  const close = async (): Promise<void> => {
    if (options.http === undefined) await own.close();
  };
  if (use === "none" || token === undefined) return { ...oci, close };
  const { apiVersion = "2022-11-28", throttle = true, maxSubjectReads = 500 } = options;
  const packages = createPackages(createGitHubApi({ http: own, token, baseUrl: apiUrl, apiVersion, clock, throttle }));
  const wasWritten = (reference: TagReference): boolean => written.has(formatReference(reference));
  const context = { hosts: [host], packages, descriptors, ask: oci.resolveMany, wasWritten, registry: oci, clock };
  const mine = (reference: { readonly registry: string }): void => refuseForeign(reference, host);
  return {
    ...oci,
    close,
    resolveMany: (references, call = {}) => resolveListed(references, context, call),
    inventory: {
      async *list(repository, call = {}) {
        mine(repository);
        yield* listInventory(repository, context, call);
      },
    },
    ...(maxSubjectReads === 0
      ? {}
      : {
          referrers: {
            list: createSubjectSearch({
              list: oci.referrers.list,
              packages,
              fetchManifest: oci.fetchManifest,
              maxReads: maxSubjectReads,
            }),
          },
        }),
    ...(use === "read"
      ? {}
      : {
          deleteManifest: async (target, expected, call = {}) => {
            mine(target);
            for (const tag of expected.tags) noteWritten(tagReference(target, tag));
            await deleteVersion(target, expected, { ...context, call });
          },
          deleteManifests: async (repository, orders, call = {}) => {
            for (const { target, expected } of orders) {
              mine(target);
              refuseOther(target, repository);
              for (const tag of expected.tags) noteWritten(tagReference(target, tag));
            }
            return await deleteVersions(repository, orders, { ...context, call });
          },
          untag: async (target, expected, call = {}) => {
            mine(target);
            await untag(target, expected, { ...context, call });
          },
          restore: async (target, call = {}) => {
            mine(target);
            await restoreVersion(target, packages, call);
          },
        }),
  };
}

function refuseOther(target: RepositoryName, repository: RepositoryName): void {
  if (formatRepository(target) === formatRepository(repository)) return;
  const message = `${formatRepository(target)} is not ${formatRepository(repository)}. Delete repository by repository.`;
  throw new BayplanError("INVALID_INPUT", message);
}

function refuseForeign({ registry }: { readonly registry: string }, host: string): void {
  if (registry === host) return;
  const message = `This adapter answers for ${host}, not for ${registry}. Use another adapter.`;
  throw new BayplanError("NOT_ALLOWED", message);
}

function checkOptions(options: GhcrRegistryOptions & { readonly apiUrl: string }, use: string): void {
  const { token, host = "ghcr.io", apiUrl, maxSubjectReads = 0 } = options;
  if (options.http !== undefined && options.fetch !== undefined) {
    throw new BayplanError("INVALID_INPUT", "Pass either http or fetch to a registry adapter, not both.");
  }
  if (!URL.canParse(`https://${host}`)) throw refuse("host", "a host name like ghcr.io, with a port if needed");
  // A token with a line end in it would be quoted by the error of whatever sends it.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw refuse("token", "a GitHub token without spaces or line ends (is the secret passed to this job?)");
  }
  if (token === undefined && use !== "none") throw refuse("packages", "none, where there is no token");
  if (!isSafeAddress(apiUrl))
    throw refuse("apiUrl", "the https address of GitHub's REST API, without credentials in it");
  if (!Number.isInteger(maxSubjectReads) || maxSubjectReads < 0)
    throw refuse("maxSubjectReads", "a whole number from 0");
}

/** Https, or http to this computer; the token is sent there. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}

function refuse(path: string, expected: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The GHCR adapter cannot be made: ${path} must be ${expected}.`, {
    problems: [{ path, found: "something else or nothing", expected }],
  });
}
