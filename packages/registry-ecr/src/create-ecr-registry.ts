import type { ECRClientConfig } from "@aws-sdk/client-ecr";
import {
  BayplanError,
  type CallOptions,
  type Clock,
  type DeleteOrder,
  type DeleteOutcome,
  formatRepository,
  type ManifestCache,
  type RegistryAdapter,
  type RepositoryName,
} from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import { createHttpClient, createInTurn, type FetchLike, type HttpClient, systemClock } from "@bayplan/runtime";
import { deleteImages } from "./delete-images.ts";
import { createEcrApi, type EcrClient } from "./ecr-api.ts";
import { createEcrCredentials } from "./ecr-credentials.ts";
import { readEcrTargets } from "./ecr-targets.ts";
import {
  describeRepository,
  type EnsuredRepository,
  type EnsureRepositoryOptions,
  ensureRepository,
} from "./ensure-repository.ts";
import type { EcrTagMutability } from "./immutable-tag.ts";
import { listInventory } from "./inventory.ts";
import { createRenewingHttp } from "./renewing-http.ts";
import { tagMutabilityOf } from "./repository-settings.ts";
import { resolveMany } from "./resolve-many.ts";
import { tagImages } from "./tag-images.ts";
import { untagImage } from "./untag-image.ts";

/** How to reach private Amazon ECR registries. Either `accountId` or `hosts` says which. */
export interface EcrRegistryOptions {
  /** 12 digits; with the region it gives the host. `findEcrAccount` asks AWS for your own. */
  readonly accountId?: string;
  /** Default that of the hosts, then `AWS_REGION`, then `AWS_DEFAULT_REGION`. */
  readonly region?: string;
  /** Whether the FIPS endpoint is used. Default `false`. Not together with `hosts`, which say so themselves. */
  readonly fips?: boolean;
  /** Whether the dual-stack endpoint is used, which IPv6 reaches, too. Default `false`. Not together with `hosts`. */
  readonly dualStack?: boolean;
  /** Exact hosts instead, of any accounts and regions, and for simulators. */
  readonly hosts?: readonly string[];
  /** Keys, or a function of the SDK that gives them. Default the SDK's own credential chain, web identity included. */
  readonly credentials?: ECRClientConfig["credentials"];
  /** Profile of the AWS configuration files. */
  readonly profile?: string;
  /** A client of the AWS SDK of your own, for hosts of one region. Not together with `credentials` and `profile`. */
  readonly client?: EcrClient;
  /** Replaces the built-in transport to the registry; the AWS API is always spoken to by the SDK. */
  readonly fetch?: FetchLike;
  /** A client of your own for the registry, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
  /** See `createOciRegistry`. `inventory` reads it and fills it, too. Default none. */
  readonly cache?: ManifestCache;
  /** See `createOciRegistry`. Default `true`, which only matters where the registry takes no notice of a `subject`. */
  readonly fallbackReferrers?: boolean;
  /** Pages after which a listing throws `RESPONSE_INVALID`. Default 1000. */
  readonly maxPages?: number;
}

/** A registry adapter for Amazon ECR, with all capabilities of the port and some that only Amazon ECR has. */
export type EcrRegistry = OciRegistry &
  Required<Pick<RegistryAdapter, "inventory" | "deleteManifest" | "untag">> & {
    /** Creates a repository unless it exists; reports how an existing one differs, and changes it only on demand. */
    ensureRepository(name: RepositoryName, options?: EnsureRepositoryOptions): Promise<EnsuredRepository>;
    /** Which tags of a repository may be written twice, for `isImmutableEcrTag`. Throws `NOT_FOUND`. */
    tagMutability(name: RepositoryName, options?: CallOptions): Promise<EcrTagMutability>;
    /**
     * Deletes many images of one repository, a hundred per request, indexes before what they contain. An outcome for
     * each, in the order given; throws when a request fails as a whole, and some are deleted by then.
     */
    deleteManifests(
      repository: RepositoryName,
      orders: readonly DeleteOrder[],
      options?: CallOptions,
    ): Promise<readonly DeleteOutcome[]>;
  };

/**
 * An adapter for Amazon ECR (private registries). The AWS SDK is loaded with the first request.
 *
 * Logs in by `GetAuthorizationToken`, once per region for all callers; the password is kept for 11 of its 12 hours and
 * renewed when the registry refuses it. What many references point at, inventories, tags and deletions go through the
 * AWS API, the rest through the registry.
 *
 * @throws BayplanError `INVALID_INPUT` without a region, without an account or hosts, or when one of them cannot be right.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 */
export function createEcrRegistry(options: EcrRegistryOptions = {}): EcrRegistry {
  const { fetch, clock = systemClock, cache, maxPages = 1000, client, credentials, profile } = options;
  const targets = readEcrTargets(options);
  const hosts = [...targets.keys()];
  checkOptions(options, new Set([...targets.values()].map(({ region }) => region)).size);
  const api = createEcrApi({
    targets,
    ...(client === undefined ? {} : { client }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
  });
  const http = options.http ?? createHttpClient({ clock, ...(fetch === undefined ? {} : { fetch }) });
  const oci = createOciRegistry({
    id: "ecr",
    hosts,
    credentials: createEcrCredentials(api, clock),
    clock,
    http: createRenewingHttp(http),
    maxPages,
    ...(cache === undefined ? {} : { cache }),
    ...(options.fallbackReferrers === undefined ? {} : { fallbackReferrers: options.fallbackReferrers }),
  });
  // Two that take tags off the same image would each see the other's tag, and delete the image between them.
  const inTurn = createInTurn();
  return {
    ...oci,
    resolveMany: (references, call = {}) => resolveMany(api, references, { ...call, hosts }),
    inventory: { list: (repository, call = {}) => listInventory(api, repository, { ...call, maxPages, cache }) },
    tag: async (target, tag, expected, call = {}) => {
      const [receipt] = await tagImages(api, { target, tags: [{ tag, expected }] }, call);
      if (receipt === undefined) throw new BayplanError("RESPONSE_INVALID", "A tag was written without a receipt.");
      return receipt;
    },
    tagMany: (target, tags, call = {}) => tagImages(api, { target, tags }, call),
    deleteManifest: (target, expected, call = {}) =>
      inTurn(
        formatRepository(target),
        async () => {
          const orders = [{ target, expected }];
          for (const [, outcome] of await deleteImages(api, target, { orders, ...call })) {
            if ("error" in outcome) throw outcome.error;
          }
        },
        call,
      ),
    deleteManifests: (repository, orders, call = {}) => {
      const foreign = orders.find(({ target }) => formatRepository(target) !== formatRepository(repository));
      if (foreign !== undefined) {
        const message = `${formatRepository(foreign.target)} is not ${formatRepository(repository)}. Delete repository by repository.`;
        throw new BayplanError("INVALID_INPUT", message);
      }
      return inTurn(formatRepository(repository), () => deleteImages(api, repository, { orders, ...call }), call);
    },
    untagging: "not-the-last",
    untag: (target, expected, call = {}) =>
      inTurn(formatRepository(target), () => untagImage(api, { target, expected }, call), call),
    ensureRepository: (name, settings = {}) => ensureRepository(api, name, settings),
    tagMutability: async (name, call = {}) => {
      const repository = await describeRepository(api, name, call);
      if (repository !== undefined) return tagMutabilityOf(repository);
      throw new BayplanError("NOT_FOUND", `There is no repository ${formatRepository(name)}. Create it first.`);
    },
    close: async () => {
      await oci.close();
      if (options.http === undefined) await http.close();
      api.close();
    },
  };
}

function checkOptions(options: EcrRegistryOptions, regions: number): void {
  const { client, credentials, profile, hosts, fips, dualStack, http, fetch } = options;
  if (client !== undefined && (credentials !== undefined || profile !== undefined)) {
    throw new BayplanError("INVALID_INPUT", "Give credentials or a profile to your own client, not to the adapter.");
  }
  if (client !== undefined && regions > 1) {
    throw new BayplanError("INVALID_INPUT", "One client serves one region. Make an adapter for each, or leave it out.");
  }
  if (hosts !== undefined && (fips !== undefined || dualStack !== undefined)) {
    throw new BayplanError("INVALID_INPUT", "Hosts say themselves whether they are FIPS or dual-stack. Leave it out.");
  }
  if (http !== undefined && fetch !== undefined) {
    throw new BayplanError("INVALID_INPUT", "Pass either http or fetch to a registry adapter, not both.");
  }
}
