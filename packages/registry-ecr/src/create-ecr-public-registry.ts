import type { ECRPUBLICClient, ECRPUBLICClientConfig } from "@aws-sdk/client-ecr-public";
import {
  BayplanError,
  type CallOptions,
  type Clock,
  type ManifestCache,
  type RegistryAdapter,
  readOnly,
  throwIfCancelled,
} from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createHttpClient, type FetchLike, type HttpClient, systemClock } from "@bayplan/runtime";
import { errorFromAws } from "./error-from-aws.ts";
import { createKeptPassword } from "./kept-password.ts";
import { sdkTimeouts } from "./sdk-timeouts.ts";

/** How to reach Amazon ECR Public. */
export interface EcrPublicRegistryOptions {
  /**
   * Whether AWS is asked for a password first, which allows 10 requests per second instead of 1. Needs credentials that
   * may do `ecr-public:GetAuthorizationToken` and `sts:GetServiceBearerToken`. Default `false`: anonymous.
   */
  readonly authenticated?: boolean;
  /** Keys, or a function of the SDK that gives them. Default the SDK's own credential chain. */
  readonly credentials?: ECRPUBLICClientConfig["credentials"];
  readonly profile?: string;
  /** A client of the AWS SDK of your own. Not together with `credentials` and `profile`. */
  readonly client?: Pick<ECRPUBLICClient, "send">;
  /** Default `public.ecr.aws`; `ecr-public.aws.com` is reached by IPv6, too. */
  readonly hosts?: readonly string[];
  /** Replaces the built-in transport. Not together with `http`. */
  readonly fetch?: FetchLike;
  /** A client of your own, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
  /** See `createOciRegistry`. Default none. */
  readonly cache?: ManifestCache;
}

/** A registry that is only read. */
export type EcrPublicRegistry = RegistryAdapter & {
  /** Ends the connections, unless they belong to an `http` that was passed in. */
  close(): Promise<void>;
};

/**
 * An adapter for Amazon ECR Public, to read and to list: what changes the registry throws `NOT_ALLOWED`. Few requests are
 * sent at once, as few are allowed. The AWS SDK is loaded only if `authenticated`, with the first request.
 *
 * @throws BayplanError `INVALID_INPUT` for options that contradict each other.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html
 */
export function createEcrPublicRegistry(options: EcrPublicRegistryOptions = {}): EcrPublicRegistry {
  const { authenticated = false, hosts = ["public.ecr.aws"], clock = systemClock, cache, fetch } = options;
  if (!authenticated && [options.credentials, options.profile, options.client].some((one) => one !== undefined)) {
    throw new BayplanError("INVALID_INPUT", "AWS credentials are only used with authenticated: true. Add it.");
  }
  if (options.client !== undefined && (options.credentials !== undefined || options.profile !== undefined)) {
    throw new BayplanError("INVALID_INPUT", "Give credentials or a profile to your own client, not to the adapter.");
  }
  if (options.http !== undefined && fetch !== undefined) {
    throw new BayplanError("INVALID_INPUT", "Pass either http or fetch to a registry adapter, not both.");
  }
  // One request per second is what the anonymous may send: https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html
  const concurrency = authenticated ? { initial: 4, min: 1, max: 8 } : { initial: 1, min: 1, max: 2 };
  const http = options.http ?? createHttpClient({ clock, concurrency, ...(fetch === undefined ? {} : { fetch }) });
  const api = createPublicApi(options);
  const own = new Set(hosts);
  const oci = createOciRegistry({
    id: "ecr-public",
    hosts,
    http,
    clock,
    ...(cache === undefined ? {} : { cache }),
    ...(authenticated
      ? {
          credentials: createKeptPassword({
            clock,
            keyOf: (host) => (own.has(host) ? "public" : undefined),
            login: (_, call) => api.login(call),
          }),
        }
      : {}),
  });
  return {
    ...readOnly(oci),
    close: async () => {
      await oci.close();
      if (options.http === undefined) await http.close();
      api.close();
    },
  };
}

function createPublicApi(options: EcrPublicRegistryOptions) {
  const { credentials, profile } = options;
  let made: ECRPUBLICClient | undefined;
  return {
    async login({ signal }: CallOptions): Promise<string | undefined> {
      throwIfCancelled(signal);
      const sdk = await import("@aws-sdk/client-ecr-public");
      let { client } = options;
      if (client === undefined) {
        // The API is in this region only, wherever the caller is.
        made ??= new sdk.ECRPUBLICClient({
          region: "us-east-1",
          requestHandler: sdkTimeouts,
          ...(credentials === undefined ? {} : { credentials }),
          ...(profile === undefined ? {} : { profile }),
        });
        client = made;
      }
      try {
        const abort = signal === undefined ? {} : { abortSignal: signal };
        const { authorizationData } = await client.send(new sdk.GetAuthorizationTokenCommand({}), abort);
        return authorizationData?.authorizationToken;
      } catch (cause) {
        throwIfCancelled(signal);
        throw errorFromAws(cause, "Logging in to Amazon ECR Public");
      }
    },
    close: () => made?.destroy(),
  };
}
