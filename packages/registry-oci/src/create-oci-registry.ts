import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Descriptor,
  type DigestReference,
  formatRepository,
  type ManifestCache,
  type Reference,
  type RegistryAdapter,
  type Resolution,
  type TagReceipt,
  type Unresolved,
} from "@bayplan/core";
import { createHttpClient, type FetchLike, type HttpClient, systemClock } from "@bayplan/runtime";
import { createCachedManifests } from "./cached-manifests.ts";
import { type RegistryCredentials, toCredentialsFunction } from "./credentials.ts";
import { deleteManifest, deleteManifests } from "./delete-manifest.ts";
import { createFallbackIndex } from "./fallback-index.ts";
import { fetchBlob } from "./fetch-blob.ts";
import { createHostSessions } from "./host-sessions.ts";
import { listTags } from "./list-tags.ts";
import { createMirrors } from "./mirrors.ts";
import { mountBlob } from "./mount-blob.ts";
import { putBlob } from "./put-blob.ts";
import { resolveReference } from "./read-manifest.ts";
import { createReferrersList, type ReferrersOptions } from "./referrers.ts";
import { createRegistryClient } from "./registry-client.ts";
import { resolveMany } from "./resolve-many.ts";
import { createTagMany, type TagOrder } from "./tag-many.ts";
import { untag } from "./untag.ts";
import { putManifest, writeTag } from "./write-tag.ts";

/** Which registries an adapter speaks to, and how. */
export interface OciRegistryOptions {
  /** Name in reports. Default `oci`. */
  readonly id?: string;
  /** Exact hosts, with port if there is one, as they stand in references. */
  readonly hosts: readonly string[];
  /** Default anonymous. */
  readonly credentials?: RegistryCredentials;
  /** Replaces the built-in transport. Not together with `http`. */
  readonly fetch?: FetchLike;
  /** A client of your own, which you also close. Not together with `fetch`; `insecureHosts` must be allowed there, too. */
  readonly http?: HttpClient;
  /** For back-off and token expiry. Default `systemClock`. */
  readonly clock?: Clock;
  /** Where the API of a host really is, if that is another one. Default the host itself. */
  readonly apiHost?: (registry: string) => string;
  /** API hosts spoken to by plain http. This computer always is. Default none. */
  readonly insecureHosts?: readonly string[];
  /** What stands before `/v2/` in the paths of an API host, beginning with a slash: `/artifactory/api/docker/remote`. Default nothing. */
  readonly pathPrefixes?: Readonly<Record<string, string>>;
  /**
   * API hosts that are asked first for content by digest (manifests and blobs, which are verified), by host, with the
   * query `ns=<host>`. Tags, listings and everything that writes go to the registry itself. A mirror that fails is left
   * out for a minute. Credentials are asked for under the mirror's own name. Default none.
   */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Certificate authorities (PEM) by host. Not together with `http` or `fetch`, which bring their own. */
  readonly certificateAuthorities?: Readonly<Record<string, string>>;
  /**
   * What 401 and 403 mean for `resolve` once everything was tried to authenticate. Default `error`: `UNAUTHORIZED` or
   * `DENIED`. `denied-or-absent` for registries that answer the same for what is hidden and what does not exist.
   */
  readonly denied?: "error" | "denied-or-absent";
  /**
   * What it means when the token endpoint refuses a request with credentials. Default `credentials`: they are wrong,
   * `UNAUTHORIZED`. `repository`: perhaps only this repository is closed; asked once more without a scope to find out.
   */
  readonly tokenRefusal?: "credentials" | "repository";
  /** `false` for registries that never delete manifests: the adapter then has no `deleteManifest`. Default `true`. */
  readonly deletes?: boolean;
  /**
   * `true` for registries that remove a tag, and nothing else, by DELETE on the tag, as zot does: the adapter then has
   * `untag`. Many delete the image with it, or refuse. Default `false`.
   */
  readonly untags?: boolean;
  /**
   * Whether referrers are listed under the fallback tag (`sha256-<hex>` of the subject), where the registry does not take
   * notice of the `subject` of a manifest by itself: added by `putManifest`, removed by `deleteManifest`. Default `true`.
   */
  readonly fallbackReferrers?: boolean;
  /**
   * Where `fetchManifest` looks first for what it is asked for by digest, without a request; filled by it, also by tag,
   * and by `putManifest`. What comes from there need not be in the registry (any more): `resolve` asks, and so does all
   * that changes the registry. Whoever may use the adapter reads what is in the cache, wherever it came from. Default
   * none; `createManifestCache` makes one.
   */
  readonly cache?: ManifestCache;
  /** Blobs up to this many bytes are uploaded in one piece, larger ones in chunks of at most 16 MiB. Default 64 MiB. */
  readonly maxBufferedBytes?: number;
  /** Tags asked for per page. Default 1000. */
  readonly pageSize?: number;
  /** Pages after which a listing throws `RESPONSE_INVALID`. Default 1000. */
  readonly maxPages?: number;
}

/** A {@link RegistryAdapter} with connections to close, and what the specification offers beyond it. */
export type OciRegistry = Omit<RegistryAdapter, "resolveMany"> & {
  /**
   * As the port says, with up to 64 questions in flight per host. Where a host wants bearer tokens, up to 25 repositories
   * with the same credentials share one. What a shared token does not open, or what seems to be absent before it has
   * opened anything in that repository, is asked for again with a token for that repository alone. Descriptors are whole.
   */
  readonly resolveMany: (
    references: readonly Reference[],
    options?: CallOptions,
  ) => AsyncIterable<readonly [Reference, Resolution | Unresolved]>;
  /**
   * Manifests whose `subject` is the given one, by the referrers API or the fallback tag. Without any there is nothing,
   * also where the repository or the subject does not exist.
   */
  readonly referrers: {
    list(subject: DigestReference, options?: ReferrersOptions): AsyncIterable<Descriptor>;
  };
  /**
   * Writes several tags on one manifest, by a single request where the registry can; receipts in the order of the tags.
   * When one of them is not as expected, none is written. Throws like `tag`; some may be written by then.
   */
  readonly tagMany?: (
    target: DigestReference,
    tags: readonly TagOrder[],
    options?: CallOptions,
  ) => Promise<readonly TagReceipt[]>;
  /** Ends the connections, unless they belong to an `http` that was passed in. */
  close(): Promise<void>;
};

/**
 * An adapter for any registry that follows the OCI distribution specification.
 *
 * A challenge is learnt once per host and a token fetched once per repository, or per 25 by `resolveMany`; nothing is
 * sent to hosts outside `hosts` except the token endpoint they name, redirects, and upload locations, and those without
 * the registry's credentials.
 *
 * @throws BayplanError `INVALID_INPUT` for options that contradict each other or hosts that are none.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export function createOciRegistry(options: OciRegistryOptions): OciRegistry {
  checkOptions(options);
  const clock = options.clock ?? systemClock;
  const insecureHosts = options.insecureHosts ?? [];
  const http =
    options.http ??
    createHttpClient({
      clock,
      allowInsecure: insecureHosts,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      ...(options.certificateAuthorities === undefined
        ? {}
        : { certificateAuthorities: options.certificateAuthorities }),
    });
  const credentials = toCredentialsFunction(
    options.credentials,
    options.hosts.map((host) => options.apiHost?.(host) ?? host),
  );
  const sessionFor = createHostSessions({
    http,
    clock,
    credentials,
    tokenRefusal: options.tokenRefusal ?? "credentials",
  });
  const clientOptions = {
    http,
    hosts: options.hosts,
    apiHost: options.apiHost ?? ((registry) => registry),
    insecureHosts,
    pathPrefixes: options.pathPrefixes ?? {},
    mirrors: createMirrors(options.mirrors ?? {}, clock),
    createSession: sessionFor,
  };
  const client = createRegistryClient(clientOptions);
  const { denied = "error", pageSize = 1000, maxPages = 1000, maxBufferedBytes = 64 * 1024 * 1024 } = options;
  const tagMany = createTagMany(client, clock);
  const listReferrers = createReferrersList(client, { clock, maxPages });
  const index = options.fallbackReferrers === false ? undefined : createFallbackIndex(client, { clock });
  const manifests = createCachedManifests(client, { cache: options.cache, hosts: options.hosts });
  return {
    id: options.id ?? "oci",
    hosts: [...options.hosts],
    resolve: (reference, call = {}) => resolveReference(client, reference, { denied, ...call }),
    resolveMany: (references, call = {}) =>
      resolveMany(references, {
        ...call,
        denied,
        hosts: clientOptions.hosts,
        apiHost: clientOptions.apiHost,
        clientWithin: (crowdOf) =>
          createRegistryClient({
            ...clientOptions,
            createSession(registry) {
              const session = sessionFor(registry);
              const crowd = crowdOf(registry.host);
              return crowd === undefined ? session : session.within(crowd);
            },
          }),
      }),
    fetchManifest: (reference, call = {}) => manifests.fetch(reference, call),
    fetchBlob: (reference, call = {}) => fetchBlob(client, reference, call),
    putManifest: async (repository, manifest, call = {}) => {
      await putManifest(client, { repository, manifest }, { ...call, index });
      await manifests.keep(manifest, call);
    },
    putBlob: (repository, descriptor, content, call = {}) =>
      putBlob(client, { repository, descriptor, content }, { ...call, maxBufferedBytes }),
    tagMany: (target, tags, call = {}) => tagMany(target, tags, call),
    mountBlob: (target, from, call = {}) => mountBlob(client, { target, from }, call),
    referrers: { list: (subject, call = {}) => listReferrers(subject, call) },
    listTags: (repository, call = {}) => listTags(client, repository, { ...call, pageSize, maxPages }),
    tag: (target, tag, expected, call = {}) => writeTag(client, { target, tag, expected }, { ...call, clock }),
    ...(options.deletes === false
      ? {}
      : {
          deleteManifest: (target, expected, call = {}) =>
            deleteManifest(client, { target, expected }, { ...call, pageSize, maxPages, index }),
          deleteManifests: async (repository, orders, call = {}) => {
            const other = orders.find(({ target }) => formatRepository(target) !== formatRepository(repository));
            if (other === undefined)
              return await deleteManifests(client, { repository, orders }, { ...call, pageSize, maxPages, index });
            const message = `${formatRepository(other.target)} is not ${formatRepository(repository)}. Delete repository by repository.`;
            throw new BayplanError("INVALID_INPUT", message);
          },
        }),
    ...(options.untags === true
      ? { untag: (target, expected, call = {}) => untag(client, { target, expected }, call) }
      : {}),
    close: async () => {
      if (options.http === undefined) await http.close();
    },
  };
}

function checkOptions(options: OciRegistryOptions): void {
  if (options.http !== undefined && options.fetch !== undefined) {
    throw new BayplanError("INVALID_INPUT", "Pass either http or fetch to a registry adapter, not both.");
  }
  if (options.certificateAuthorities !== undefined && (options.http !== undefined || options.fetch !== undefined)) {
    throw new BayplanError(
      "INVALID_INPUT",
      "Give certificateAuthorities to your own http or fetch, not to the adapter.",
    );
  }
  const prefix = Object.values(options.pathPrefixes ?? {}).find((one) => !/^(?:\/[\w.~-]+)*$/.test(one));
  if (prefix !== undefined) {
    throw new BayplanError("INVALID_INPUT", `"${prefix}" is not a path prefix. Write it like /artifactory/docker.`);
  }
  const hosts = [...options.hosts, ...Object.values(options.mirrors ?? {}).flat()];
  const bad = hosts.find((host) => !/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(host));
  if (options.hosts.length === 0 || bad !== undefined) {
    throw new BayplanError(
      "INVALID_INPUT",
      `"${bad ?? ""}" is not a registry host. Write a lower-case host name, with a port if needed, and no https://.`,
    );
  }
}
