import { BayplanError, type Clock, type RegistryAdapter } from "@bayplan/core";
import { createHttpClient, type FetchLike, type HttpClient, systemClock } from "@bayplan/runtime";
import { fetchBlob, putBlob } from "./blobs.ts";
import { basicAuthorization, type RegistryCredentials, toCredentialsFunction } from "./credentials.ts";
import { listTags } from "./list-tags.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import { createRegistryClient } from "./registry-client.ts";
import { createSession } from "./session.ts";
import { createTokenSource } from "./token-source.ts";
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
  /** Tags asked for per page. Default 1000. */
  readonly pageSize?: number;
  /** Pages after which a listing throws `RESPONSE_INVALID`. Default 1000. */
  readonly maxPages?: number;
}

/** A {@link RegistryAdapter} with connections to close. */
export type OciRegistry = RegistryAdapter & {
  /** Ends the connections, unless they belong to an `http` that was passed in. */
  close(): Promise<void>;
};

/**
 * An adapter for any registry that follows the OCI distribution specification.
 *
 * A challenge is learnt once per host and a token fetched once per repository; nothing is sent to hosts outside `hosts`
 * except the token endpoint they name, redirects, and upload locations, and those without the registry's credentials.
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
    });
  const credentials = toCredentialsFunction(options.credentials);
  const client = createRegistryClient({
    http,
    hosts: options.hosts,
    apiHost: options.apiHost ?? ((registry) => registry),
    insecureHosts,
    createSession: (registry) =>
      createSession(registry, {
        credentials,
        tokens: createTokenSource({
          http,
          clock,
          refusalMeans: options.tokenRefusal ?? "credentials",
          authorization: async (call) => {
            const given = await credentials(registry.host, { ...call, refresh: false });
            return given === undefined || "token" in given ? undefined : basicAuthorization(given);
          },
        }),
      }),
  });
  const { denied = "error", pageSize = 1000, maxPages = 1000 } = options;
  return {
    id: options.id ?? "oci",
    hosts: [...options.hosts],
    resolve: (reference, call = {}) => resolveReference(client, reference, { denied, ...call }),
    fetchManifest: (reference, call = {}) => fetchManifest(client, reference, call),
    fetchBlob: (reference, call = {}) => fetchBlob(client, reference, call),
    putManifest: (repository, manifest, call = {}) => putManifest(client, { repository, manifest }, call),
    putBlob: (repository, descriptor, content, call = {}) => putBlob(client, { repository, descriptor, content }, call),
    listTags: (repository, call = {}) => listTags(client, repository, { ...call, pageSize, maxPages }),
    tag: (target, tag, expected, call = {}) => writeTag(client, { target, tag, expected }, call),
    close: async () => {
      if (options.http === undefined) await http.close();
    },
  };
}

function checkOptions(options: OciRegistryOptions): void {
  if (options.http !== undefined && options.fetch !== undefined) {
    throw new BayplanError("INVALID_INPUT", "Pass either http or fetch to a registry adapter, not both.");
  }
  const bad = options.hosts.find((host) => !/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(host));
  if (options.hosts.length === 0 || bad !== undefined) {
    throw new BayplanError(
      "INVALID_INPUT",
      `"${bad ?? ""}" is not a registry host. Write a lower-case host name, with a port if needed, and no https://.`,
    );
  }
}
